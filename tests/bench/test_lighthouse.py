"""What Lighthouse's scores are held to: what depends on the machine's speed is not judged, the rest is."""

from bench.lighthouse.score import Score, found_wanting, lost


def scored(performance: int = 100, accessibility: int = 100, best_practices: int = 100) -> Score:
    return Score(
        performance=performance,
        accessibility=accessibility,
        best_practices=best_practices,
        times={},
        machine=2000.0,
        wanting=[],
    )


def test_points_that_the_widget_takes_are_counted_by_category() -> None:
    scores = {"host": scored(), "host_with_widget": scored(performance=99, best_practices=97)}
    assert lost(scores) == {"performance": 1, "accessibility": 0, "best_practices": 3}


def test_a_slow_machine_is_no_fault_and_a_fault_of_the_page_is_named() -> None:
    assert found_wanting({"kiosk": scored(performance=40)}) == []
    assert found_wanting({"kiosk": scored(accessibility=99)}) == ["kiosk: accessibility 99"]

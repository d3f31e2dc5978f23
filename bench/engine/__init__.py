"""The engine side by side with other servers on the same bytes, cores and prompts: `make bench-engine`."""

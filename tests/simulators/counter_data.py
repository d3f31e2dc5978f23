"""Invented places for the counter's simulator, in four languages, with long and hostile ones among them."""

from datetime import datetime, timedelta, timezone

_NOW = datetime.now(timezone.utc).replace(tzinfo=None, minute=0, second=0, microsecond=0)
_SOON = (_NOW + timedelta(hours=2)).isoformat()
_TOMORROW = (_NOW + timedelta(days=1)).replace(hour=9).isoformat()

_CATEGORIES = [
    ("shop/hairdresser", "maki-hairdresser", 31, "Hairdresser", "Парикмахерская", "Peluquería", "Friseursalon"),
    ("craft/plumber", "temaki-plumber", 14, "Plumber", "Сантехник", "Fontanero", "Klempnerei"),
    ("amenity/cafe", "maki-cafe", 42, "Café", "Кафе", "Cafetería", "Café"),
    ("shop/bicycle", "maki-bicycle", 9, "Bicycle shop", "Веломагазин", "Tienda de bicicletas", "Fahrradgeschäft"),
    ("amenity/dentist", "maki-dentist", 12, "Dentist", "Стоматолог", "Dentista", "Zahnarztpraxis"),
    ("amenity/pharmacy", "maki-pharmacy", 11, "Pharmacy", "Аптека", "Farmacia", "Apotheke"),
    ("craft/locksmith", "fas-key", 6, "Locksmith", "Слесарь по замкам", "Cerrajero", "Schlüsseldienst"),
    ("shop/laundry", "maki-laundry", 8, "Laundry", "Прачечная", "Lavandería", "Wäscherei"),
    ("craft/shoemaker", "maki-shoe", 5, "Shoe repair", "Ремонт обуви", "Zapatero", "Schuhmacherei"),
    ("shop/car_repair", "maki-car-repair", 17, "Car repair", "Автосервис", "Taller mecánico", "Kfz-Werkstatt"),
    ("amenity/veterinary", "maki-veterinary", 4, "Vet", "Ветеринар", "Veterinario", "Tierarztpraxis"),
    ("tourism/guest_house", "maki-lodging", 13, "Guest house", "Гостевой дом", "Casa de huéspedes", "Pension"),
    ("shop/tailor", "maki-clothing-store", 7, "Tailor", "Ателье", "Sastre", "Schneiderei"),
]
_LANGUAGES = ("en", "ru", "es", "de")
_CITY = {"en": "Lindenport", "ru": "Линденпорт", "es": "Lindenport", "de": "Lindenport"}
_EXAMPLES = {
    "en": ["A haircut this evening, not too expensive", "Who can fix a dripping tap today?", "A café with Wi-Fi that is open now", "A dentist who speaks Spanish"],
    "ru": ["Подстричься сегодня вечером, недорого", "Кто починит текущий кран сегодня?", "Кафе с вайфаем, которое сейчас открыто", "Стоматолог, говорящий по-испански"],
    "es": ["Un corte de pelo esta tarde, no muy caro", "¿Quién arregla hoy un grifo que gotea?", "Una cafetería con wifi abierta ahora", "Un dentista que hable español"],
    "de": ["Heute Abend Haare schneiden, nicht zu teuer", "Wer repariert heute einen tropfenden Wasserhahn?", "Ein Café mit WLAN, das jetzt offen ist", "Eine Zahnärztin, die Spanisch spricht"],
}

MARKET: dict[str, dict[str, object]] = {
    language: {
        "id": "lindenport",
        "name": _CITY[language],
        "languages": list(_LANGUAGES),
        "currency": "EUR",
        "country": "DE",
        "time_zone": "UTC",
        "emergency_number": "112",
        "catalog_version": 3,
        "catalog_date": "2026-05-12",
        "providers": 412,
        "categories": [
            {"id": row[0], "icon": row[1], "count": row[2], "label": row[3 + index]} for row in _CATEGORIES
        ],
        "examples": _EXAMPLES[language],
    }
    for index, language in enumerate(_LANGUAGES)
}

_WHY = {
    "en": ["Women’s cut from 24 €, takes walk-ins", "Speaks Spanish; children welcome", "Cut and beard from 19 €", "Colour and cut; wheelchair access", "Home visits within the old town"],
    "ru": ["Женская стрижка от 24 €, можно без записи", "Говорят по-испански; можно с детьми", "Стрижка и борода от 19 €", "Окрашивание и стрижка; вход без ступеней", "Выезд на дом в пределах старого города"],
    "es": ["Corte de mujer desde 24 €, sin cita", "Hablan español; niños bienvenidos", "Corte y barba desde 19 €", "Color y corte; acceso sin escalones", "A domicilio en el casco antiguo"],
    "de": ["Damenschnitt ab 24 €, auch ohne Termin", "Spricht Spanisch; Kinder willkommen", "Haarschnitt und Bart ab 19 €", "Farbe und Schnitt; stufenloser Zugang", "Hausbesuche in der Altstadt"],
}
_NAMES = ["Salon Möwe", "Haarwerk am Kanal", "Barbier Tomasz", "Studio Lichtung", "Anna Sokolova, Friseurin"]


def _cards(language: str) -> list[dict[str, object]]:
    label = _CATEGORIES[0][3 + _LANGUAGES.index(language)]
    return [
        {
            "id": f"lp-{at + 1}",
            "number": at + 1,
            "name": name,
            "category": label,
            "category_id": "shop/hairdresser",
            "icon": "maki-hairdresser",
            "city": _CITY[language],
            "address": ["Kanalstraße 12", "Uferweg 3", "Marktgasse 8", "Birkenallee 41", "Hafenplatz 1"][at],
            "phone": f"+49 30 23125 {at + 1:03d}",
            "url": "https://example.org/salon",
            "lat": 53.55 + at / 1000,
            "lon": 9.99,
            "distance_m": [180.0, 420.0, 960.0, 1450.0, 12300.0][at],
            "rating": [4.7, 4.5, None, 4.0, 4.9][at],
            "price_from": [24.0, 18.5, 19.0, None, 30.0][at],
            "price_band": [None, None, None, 2, None][at],
            "currency": "EUR",
            "opening": [
                {"state": "open", "until": _SOON},
                {"state": "open", "until": _SOON},
                {"state": "closed", "opens": _TOMORROW},
                {"state": "unknown"},
                {"state": "open"},
            ][at],
            "hours": "Mo-Fr 09:00-18:00; Sa 10:00-14:00; Su off",
            "why": _WHY[language][at],
        }
        for at, name in enumerate(_NAMES)
    ]


CARDS = {language: _cards(language) for language in _LANGUAGES}

SENTENCES: dict[str, tuple[str, list[str]]] = {
    "en": (
        "Two hairdressers in Lindenport are open now: Salon Möwe [1] is the nearest, 180 m away, and Haarwerk am Kanal [2] is the cheapest, from 18.50 €. Barbier Tomasz [3] opens tomorrow.",
        ["Only those open now", "The cheapest", "Is there one near the harbour?", "Phone of the first"],
    ),
    "ru": (
        "В Линденпорте сейчас открыты две парикмахерские: Salon Möwe [1] ближе всех, 180 м, а Haarwerk am Kanal [2] дешевле, от 18,50 €. Barbier Tomasz [3] откроется завтра.",
        ["Только открытые сейчас", "Самая недорогая", "Есть ли рядом с гаванью?", "Телефон первой"],
    ),
    "es": (
        "Dos peluquerías de Lindenport están abiertas ahora: Salon Möwe [1] es la más cercana, a 180 m, y Haarwerk am Kanal [2] la más barata, desde 18,50 €. Barbier Tomasz [3] abre mañana.",
        ["Solo las abiertas ahora", "La más barata", "¿Hay alguna cerca del puerto?", "Teléfono de la primera"],
    ),
    "de": (
        "Zwei Friseursalons in Lindenport haben jetzt geöffnet: Salon Möwe [1] ist mit 180 m am nächsten, Haarwerk am Kanal [2] mit Preisen ab 18,50 € am günstigsten. Barbier Tomasz [3] öffnet morgen.",
        ["Nur jetzt geöffnete", "Den günstigsten", "Gibt es einen am Hafen?", "Telefon des ersten"],
    ),
}

LONG: list[dict[str, object]] = [
    {
        **CARDS["de"][0],
        "name": "Donaudampfschifffahrtsgesellschaftskapitänsfriseursalon Müller-Lüdenscheidt & Töchter GmbH & Co. KG",
        "why": "Herrenhaarschnitt, Damenhaarschnitt, Kinderhaarschnitt, Hochsteckfrisuren für Hochzeiten und andere Feierlichkeiten ab 24 €",
        "address": "Straße des Zweiundzwanzigsten September 1234b, Hinterhaus, dritter Aufgang",
    },
    {
        **CARDS["ru"][1],
        "name": "Парикмахерская «Высокоинтеллектуальная причёсочная имени Трёхсотлетия Линденпорта»",
        "why": "Стрижки женские, мужские и детские, окрашивание, причёски для торжественных случаев",
    },
    {**CARDS["en"][2], "name": "A", "why": "", "phone": None, "address": None, "lat": None, "rating": None, "icon": None},
]

HOSTILE: tuple[list[dict[str, object]], str, list[str]] = (
    [
        {
            **CARDS["en"][0],
            "id": '"><script>alert(1)</script>',
            "name": "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>",
            "why": "</p><style>*{display:none}</style>\u202e gnirts \u200b",
            "address": "javascript:alert(1)",
            "phone": "javascript:document.title='hacked'",
            "url": "javascript:document.title='hacked'",
            "icon": "\"><script>document.title='hacked'</script>",
            "hours": "<b>always</b>",
        }
    ],
    "<script>document.title='hacked'</script> <img src=x onerror=alert(1)> [1] <a href='https://example.org'>go</a>",
    ["<b>bold</b>", "<img src=x onerror=\"document.title='hacked'\">"],
)

"""Words that ask rather than name: left out of lookups where a slip or a stem could make a category of them.

Short lists for the languages asked most; a word here can still be part of a longer name.
"""

from edge.search.fold import fold

_WORDS = """
a an the and or but of in on at to for from with by near is are was be do does did have has had can could
would should will i me my we our you your he she it its they their this that these those there here what
which who where when how why any some all no not yes please thanks thank need want looking look find
search get give show tell know like love good best better great nice cheap close open today tomorrow
tonight now mind sure okay right sounds something someone somewhere anything anyone place places one ones
two also just more most much many very really help us let make take go going come book booking reserve
number phone address time hours price name called about area city town around nearby within available
maybe actually perfect else other another suits correct check kind kinds fine interest interested
interesting spot range contact visit fun grab cost costs free work works women men woman man child kids
women's party people person guests guest meet deal part friend friends day night week month times type и
в во на с со к ко у о об от до по за из или но не да нет где как что кто когда какой какая какое какие
есть мне мой моя мы нам вы вам ваш он она они это этот эта эти тут там здесь нужен нужна нужно нужны хочу
ищу найти найди найдите покажи покажите подскажи подскажите пожалуйста можно надо рядом около сейчас
сегодня завтра открыт открыто хороший хорошая лучший дешевый недорогой ближайший спасибо y o u de la el
los las un una en con por para que qué cuál donde dónde como cómo cuando hay es está son quiero necesito
busco buscar cerca mi tu su hoy mañana ahora abierto bueno buena mejor barato gracias favor algún alguna
und oder aber der die das den dem des ein eine einen einem einer im am auf mit von zu zum zur bei für wo
wie wer wann welche welcher welches ist sind gibt ich mir mein meine wir uns sie ihr suche brauche möchte
finde nähe heute morgen jetzt offen geöffnet gut beste guten billig bitte danke et ou le les une du au
aux dans avec pour sur je j ai besoin cherche trouver où est t il près mon ma mes nous vous aujourd hui
demain maintenant ouvert bon meilleur merci bir ve veya bu şu ne nerede nasıl var mı mu için ile yakın
iyi bana ben lazım arıyorum istiyorum bugün yarın açık şimdi lo gli che di da per non dove sono cerco
vorrei vicino oggi domani aperto migliore
"""
_STOPWORDS = frozenset(fold(word) for word in _WORDS.split())


def is_stopword(word: str) -> bool:
    """Is this folded word one that asks, in any of the listed languages? Single Latin letters are, too."""
    return word in _STOPWORDS or (len(word) == 1 and word.isascii())

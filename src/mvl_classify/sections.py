"""Which sentences describe the role or the person: headings, sections, and who a sentence speaks of.

In an ad, headings set the section of the lines below them ("What we offer": benefits); a longer line that ends
in a colon does so too and is a sentence of that section itself. Sentences of legal, pay or application text are
known by their words wherever they stand. The employer's words about itself, and in a review the reviewer's own
acts, do not describe the role or the person: they are read and shown, but not counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, get_args

import numpy as np
from spacy.strings import hash_string  # type: ignore[attr-defined]

from mvl_classify.results import Section, Setting
from mvl_classify.segment import Bools, Hashes, Ints, Sentences, Tokens, normal

SECTIONS: Final[tuple[Section, ...]] = get_args(Section)
SETTINGS: Final[tuple[Setting, ...]] = get_args(Setting)

HEADING_WORDS: Final = 8
"""A heading has at most this many words."""

LEAD_IN_WORDS: Final = 16
"""A lead-in to a list ("In this role you will have the opportunity to:") has at most this many."""

_HEADING_PATTERNS: Final[tuple[tuple[Section, str], ...]] = (
    ("legal", r"equal( (employment )?opportunit(y|ies)( employer)?)?|diversity|inclusion statement|accommodation|eeo|disclaimer|privacy|data protection|legal|safeguarding"),
    ("benefits", r"benefit|perk|(what|why).*(offer|get|in it for you)|we offer|compensation|salary|remuneration|\bpay\b|rewards?|package"),
    ("application", r"how to apply|apply|application|interview|hiring process|selection process|recruitment process|next steps|contact|closing date"),
    ("responsibilities", r"responsibilit|dut(y|ies)|what you('| wi)ll (do|be|own)|what you do|the (role|job|position|post)|your (role|tasks|mission|day|work|impact|job)|role (overview|summary|purpose|description)|job (summary|description|purpose)|purpose of|key (tasks|activities|objectives|accountabilities|result)|accountabilit|day[- ]to[- ]day|in this role|main tasks|tasks"),
    ("requirements", r"requirement|qualification|what you('| wi)ll need|what you bring|you bring|who you are|about you|your (profile|skills|background|experience|qualities)|skills|experience|essential|desirable|must[- ]have|nice[- ]to[- ]have|person specification|competenc|looking for|ideal candidate|criteria|education|knowledge|attributes|abilities|you have|we expect"),
    ("about_us", r"about (us|the (company|team|organi[sz]ation|department|business|council|firm|school|charity))|about [A-Z]\w+|who we are|our (company|story|team|values|mission|culture|vision)|why (us|join|work)|company (overview|description|profile)|the (company|team|organi[sz]ation)|background|introduction"),
)
_HEADINGS: Final = tuple((section, re.compile(pattern, re.IGNORECASE)) for section, pattern in _HEADING_PATTERNS)

LONGEST_REMEMBERED: Final = 120
"""Lines of up to this many characters are looked up before they are examined."""

_LEGAL: Final = """
race religion gender sex sexual orientation disability disabilities veteran ethnicity ethnic nationality marital color
colour creed belief pregnancy discriminate discrimination accommodation accommodations applicants regardless protected
equal opportunity harassment gdpr e-verify ancestry citizenship transgender
""".split()
_BENEFITS: Final = """
salary pension holiday holidays vacation insurance medical dental bonus bonuses leave 401k 0k parental maternity gym lunch snacks
discount allowance annual reimbursement stipend pto childcare perks benefits equity remuneration per hour wage wages
overtime free meals parking
""".split()
_APPLICATION: Final = """
apply application applications cv resume resumé cover letter interview interviews shortlisted deadline recruitment
attach upload submit email e-mail contact telephone call references screening candidates recruiter closing
""".split()
_EMPLOYER: Final = "we our us we're we've company".split()
_ADDRESSED: Final = """
you your you'll you're yourself candidate candidates someone somebody person who role looking need want seek seeking
applicant postholder join hire position successful individual
""".split()
_I: Final = "i i've i'm i'd i'll".split()
_THIRD: Final = "he she his her him hers they their them you your you're himself herself".split()
_ACTS: Final = """
coach coached coaching met meet set gave give assigned assign trained train training mentored mentor mentoring told tell explained
explain encouraged encourage asked ask wrote instructed instruct manage managed supervise supervised monitor monitored
led motivated motivate planned organised organized scheduled reminded warned guided
""".split()


def _table(words: list[str]) -> Hashes:
    return np.array(sorted({hash_string(normal(word)) for word in words}), dtype=np.uint64)


_TABLES: Final = {
    name: _table(words)
    for name, words in {
        "legal": _LEGAL,
        "benefits": _BENEFITS,
        "application": _APPLICATION,
        "employer": _EMPLOYER,
        "addressed": _ADDRESSED,
        "i": _I,
        "third": _THIRD,
        "acts": _ACTS,
    }.items()
}
_COLON: Final = np.uint64(hash_string(":"))
_NO_HEADING: Final = (".", ";", ",", "!")
_MARK: Final = re.compile(r"(?:#{1,6}\s|\*\*)")
_NUMBER: Final = {section: number for number, section in enumerate(SECTIONS)}
_COUNTED: Final = ("body", "responsibilities", "requirements")
_CONTENT: Final[tuple[tuple[Section, int], ...]] = (("legal", 3), ("benefits", 3), ("application", 3))


@dataclass(frozen=True, slots=True)
class Settings:
    """For each sentence its section (an index into `SECTIONS`) and why it is not counted (-1: it counts)."""

    section: Ints
    excluded: Ints

    @property
    def counted(self) -> Bools:
        """Whether a sentence enters the document's score."""
        return np.asarray(self.excluded < 0)


def settings(texts: list[str], tokens: Tokens, sentences: Sentences, ads: Bools) -> Settings:
    """Find section and exclusion of every sentence; `ads` tells for each text whether it is an ad."""
    count = len(sentences)
    if not count:
        return Settings(np.zeros(0, np.int64), np.zeros(0, np.int64))
    within = _Counts(tokens, sentences)
    opened = _headings(texts, tokens, sentences, within.words)
    heading = (opened >= 0) & (within.words <= HEADING_WORDS)
    in_ad = ads[sentences.text]
    section = _carried(opened, sentences.text)
    for name, least in _CONTENT:
        share = within.of(name)
        section = np.where((share >= least) & (share * 8 >= within.words), _NUMBER[name], section)
    section = np.where(heading, _NUMBER["heading"], np.where(in_ad, section, _NUMBER["body"]))
    excluded = _by_section(section)
    employer = in_ad & within.first("employer") & (within.of("addressed") == 0)
    reviewer = ~in_ad & within.first("i") & within.second("acts") & _about_another(within, sentences.text)
    excluded = np.where((excluded < 0) & employer, SETTINGS.index("employer"), excluded)
    return Settings(section, np.where((excluded < 0) & reviewer, SETTINGS.index("reviewer"), excluded))


def _by_section(section: Ints) -> Ints:
    codes = [-1 if name in _COUNTED else SETTINGS.index(name) for name in SECTIONS]
    return np.asarray(np.array(codes)[section])


class _Counts:
    """Counts the words of each list in each sentence."""

    def __init__(self, tokens: Tokens, sentences: Sentences) -> None:
        self._tokens = tokens
        self._sentences = sentences
        self.words = self._summed(tokens.word)

    def _summed(self, marks: Bools) -> Ints:
        total = np.concatenate(([0], np.cumsum(marks)))
        return np.asarray(total[self._sentences.last] - total[self._sentences.first])

    def of(self, name: str) -> Ints:
        return self._summed(self._marks(name))

    def _marks(self, name: str) -> Bools:
        return self._tokens.among(f"sections.{name}", _TABLES[name])

    def first(self, name: str) -> Bools:
        return np.asarray(self._marks(name)[self._sentences.first])

    def second(self, name: str) -> Bools:
        """Tell whether one of the list stands among the second to fourth tokens."""
        last, marks = self._sentences.last - 1, self._marks(name)
        found = np.zeros(len(last), np.bool_)
        for step in (1, 2, 3):
            found |= marks[np.minimum(self._sentences.first + step, last)]
        return found


def _about_another(within: _Counts, text: Ints) -> Bools:
    """Tell for each sentence whether its text speaks of somebody in the third or second person."""
    return np.asarray(np.bincount(text, weights=within.of("third"))[text] > 0)


def _headings(texts: list[str], tokens: Tokens, sentences: Sentences, words: Ints) -> Ints:
    """Return for each sentence the section it opens, or -1 where it is no heading and no lead-in."""
    begins = np.append(sentences.first, len(tokens))
    own_line = np.ones(len(sentences), np.bool_)
    breaks = np.concatenate(([0], np.cumsum(tokens.newlines > 0)))
    same = sentences.text[1:] == sentences.text[:-1]
    own_line[1:] &= ~same | (breaks[begins[1:-1]] > breaks[sentences.last[:-1] - 1])
    closed = np.ones(len(sentences), np.bool_)
    closed[:-1] = own_line[1:]
    found = np.full(len(sentences), -1)
    colon = tokens.hashes[sentences.last - 1] == _COLON
    longest = np.where(colon, LEAD_IN_WORDS, HEADING_WORDS)
    for number in np.flatnonzero(own_line & closed & (words <= longest)):
        whole = texts[sentences.text[number]]
        line = whole[sentences.start[number] : sentences.end[number]]
        marked = _MARK.match(_from_line_start(whole, int(sentences.start[number]), int(sentences.end[number])))
        plain = not (marked or colon[number])
        if plain and line.endswith(_NO_HEADING):
            continue
        section = (_remembered if len(line) <= LONGEST_REMEMBERED else _heading)(line, plain)
        if section is not None:
            found[number] = _NUMBER[section]
        elif (marked and words[number] <= HEADING_WORDS) or (colon[number] and words[number] <= 4):
            found[number] = _NUMBER["body"]
    return found


def _from_line_start(whole: str, start: int, end: int) -> str:
    """Return a sentence with the marks before it on its line."""
    before = whole[max(0, start - 8) : start]
    return (before[max(before.rfind("\n"), before.rfind("\r")) + 1 :] + whole[start:end]).lstrip(" \t•")


def _heading(line: str, plain: bool) -> Section | None:
    """Return the section that a line opens; a plain one, without a mark, must be nothing but a heading."""
    line = line.replace("’", "'")
    section = _opened(line)
    return None if section is None or (plain and not _whole_heading(line)) else section


_remembered = lru_cache(maxsize=16_384)(_heading)  # headings are the same in most ads


def _opened(line: str) -> Section | None:
    for section, pattern in _HEADINGS:
        if pattern.search(line):
            return section
    return None


_SMALL = "the a an of and & for to in with our your we you us you'll you’ll will what who how why this is are be about do it if - –".split()


def _whole_heading(line: str) -> bool:
    """Tell whether a line without a mark is nothing but a heading's words."""
    rest = line.strip(" :?*#").lower()
    for _, pattern in _HEADINGS:
        rest = pattern.sub(" ", rest)
    letters = re.findall(r"[^\W\d_]+(?:['’]\w+)?", rest)
    return all(word in _SMALL or word in _PLAIN for word in letters)


_PLAIN: Final = frozenset(
    "key main minimum preferred basic essential desirable required additional core your main ies s es ments ation ations "
    "ing ities y skill required ideal candidate team company job role position post general other professional "
    "technical personal bring need offer look looking".split()
)


def _carried(heading: Ints, text: Ints) -> Ints:
    """Give each sentence the section of the last heading above it in its text."""
    places = np.where(heading >= 0, np.arange(len(heading)), -1)
    starts = np.concatenate(([True], text[1:] != text[:-1]))
    places = np.where(starts & (heading < 0), np.arange(len(heading)), places)
    latest = np.maximum.accumulate(places)
    return np.maximum(heading[latest], _NUMBER["body"])

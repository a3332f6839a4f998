"""Hides the names of roles from the model: a title says what somebody is called, not what they do.

Trained on texts as they stand, a classifier learns the words "manager" and "leader" and nothing else
(`mvl-classify evaluate --leave-one-document-out` shows it). `hidden` marks the tokens of job titles
("Senior Engineering Manager"), of bodies ("leadership team"), of fields ("database management") and of
companies that call themselves leading; qualities asked for by name ("strong leadership skills",
"people management", "a natural leader") stay visible. Codebook, rules 1 and 2.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from spacy.strings import hash_string  # type: ignore[attr-defined]

from mvl_classify.segment import Bools, Hashes, Sentences, Tokens, normal

TITLE_REACH: Final = 4
"""How many words before a role's name can belong to the title."""

ROLES: Final = """
manager managers leader leaders director directors supervisor supervisors executive executives officer officers
coordinator coordinators head heads chief ceo cfo cto cio coo cro cmo ciso vp svp evp avp president presidents principal principals
foreman foremen forewoman superintendent superintendents administrator administrators boss bosses engineer engineers
developer developers analyst analysts architect architects designer designers consultant consultants specialist
specialists associate associates assistant assistants technician technicians nurse nurses teacher teachers
accountant accountants researcher researchers scientist scientists advisor advisors adviser advisers
representative representatives recruiter recruiters intern interns trainee trainees operator operators programmer
programmers writer writers editor editors lecturer lecturers professor professors strategist strategists planner
planners buyer buyers lawyer lawyers secretary clerk clerks chair chairperson captain sergeant commander chef chefs
controller controllers inspector inspectors auditor auditors owner owners master masters
""".split()

MODIFIERS: Final = """
senior junior sr jr staff assistant deputy regional national global general associate vice interim acting lead chief head
hiring line team product project program programme engineering account sales marketing delivery operations office
store branch shift area district site plant customer success service support technical software hardware data research
quality security finance financial hr human resources business development it digital content design group department
departmental section floor warehouse production case care ward clinic executive managing art creative principal
corporate commercial community partner channel field test release squadron flight unit people user scrum system systems
web cloud network devops market industry world policy communications procurement facilities property legal compliance risk
""".split()

BODIES: Final = "team teams group board committee committees meeting meetings position positions council roles role structure forum".split()

FIELDS: Final = """
database databases data content configuration memory version release identity access document documents knowledge asset
assets waste product products project projects program programme portfolio supply chain inventory event events facilities
facility property hotel customer account accounts vendor relationship brand category revenue wealth investment pain
wound disease land water forest traffic fleet energy power network device devices endpoint patch package cluster state
session key password log cloud api lifecycle business engineering hospitality sports arts tourism construction
""".split()

MANAGED: Final = "people team teams staff line time personnel performance workload task tasks budget resource resources talent self change risk crisis conflict deadline".split()
QUALITIES: Final = """
skill skills ability abilities quality qualities presence potential experience capability capabilities style
competence competences competencies competency attributes talent talents behaviour behaviours behavior behaviors
""".split()
LEADERSHIP_BEFORE: Final = """
strong proven demonstrated excellent show shows showed showing provide provides provided providing provision thought
technical exhibit exhibits demonstrate demonstrates demonstrating good great clear effective servant inspirational
inspiring natural take takes took taking personal exceptional outstanding people true in of her his your their my
through with by exercise exercises step stepped
""".split()
MANAGEMENT_BEFORE: Final = """
strong proven good excellent previous of or and / , prior solid demonstrated effective great has had have some
significant years years' in her his their your our
""".split()
LEADER_BEFORE: Final = """
natural strong born effective true great inspiring good real inspirational excellent better thought respected trusted
proven future emerging servant
""".split()
COMPANY_BEHIND: Final = """
provider providers company companies supplier suppliers manufacturer manufacturers brand brands firm firms organisation
organisations organization organizations institution institutions university universities edge position player players
global international employer name platform producer independent retailer technology technologies bank group consultancy
source indicator indicators distributor operator
""".split()
COMPANY_BEFORE: Final = "a an the world world's market industry our of 's as globally internationally".split()
LEADS_BEFORE: Final = "sales new qualified generate generating marketing inbound outbound of the qualify qualifying and our".split()
LEAD_BEHIND: Final = "time times generation gen".split()


def _table(words: list[str]) -> Hashes:
    return np.array(sorted({hash_string(normal(word)) for word in words}), dtype=np.uint64)


_TABLES: Final = {
    name: _table(words)
    for name, words in {
        "role": ROLES,
        "modifier": MODIFIERS,
        "body": BODIES,
        "field": FIELDS,
        "managed": MANAGED,
        "quality": QUALITIES,
        "leadership_before": LEADERSHIP_BEFORE,
        "management_before": MANAGEMENT_BEFORE,
        "leader_before": LEADER_BEFORE,
        "company_behind": COMPANY_BEHIND,
        "company_before": COMPANY_BEFORE,
        "leads_before": LEADS_BEFORE,
        "lead_behind": LEAD_BEHIND,
        "leader": ["leader", "leaders"],
        "weak_role": "head heads chief principal principals associate associates chair owner owners master masters".split(),
        "article": ["the", "a", "our", "their", "as"],
        "and": ["and", "or", "&", "/"],
    }.items()
}


class _Neighbours:
    """Looks up word lists at every token, one before it, and one behind, within the sentence."""

    def __init__(self, tokens: Tokens, sentences: Sentences) -> None:
        self.count = len(tokens)
        self.hashes = tokens.hashes
        self.letters = tokens.word
        self._tokens = tokens
        marks = np.bincount(sentences.first, minlength=self.count + 1)
        inside = marks - np.bincount(sentences.last, minlength=self.count + 1)
        sentence = np.where(np.cumsum(inside)[:-1] > 0, np.cumsum(marks)[:-1] - 1, -1)
        self._together = sentence[1:] == sentence[:-1]
        self._cache: dict[str, Bools] = {}

    def at(self, name: str) -> Bools:
        if name not in self._cache:
            self._cache[name] = self._tokens.among(f"roles.{name}", _TABLES[name])
        return self._cache[name]

    def word(self, text: str) -> Bools:
        return np.asarray(self.hashes == np.uint64(hash_string(text)))

    def moved(self, values: Bools, by: int) -> Bools:
        """Return what holds one place back (-1: ahead), false across a sentence's edge."""
        out = np.zeros(self.count, np.bool_)
        if by > 0:
            out[1:] = values[:-1] & self._together
        else:
            out[:-1] = values[1:] & self._together
        return out

    def before(self, name: str) -> Bools:
        return self.moved(self.at(name), 1)

    def behind(self, name: str) -> Bools:
        return self.moved(self.at(name), -1)


def hidden(tokens: Tokens, sentences: Sentences) -> Bools:
    """Mark the tokens that the model must not see.

    Returns a boolean array of one entry per token.
    """
    if not len(tokens):
        return np.zeros(0, np.bool_)
    near = _Neighbours(tokens, sentences)
    first = np.zeros(len(tokens), np.bool_)
    first[sentences.first[sentences.first < sentences.last]] = True
    mask = _titles(near, tokens.title & ~first, first)
    mask |= _leadership_bodies(near, first)
    mask |= _fields(near, first)
    return mask | _companies(near)


def _titles(near: _Neighbours, capital: Bools, first: Bools) -> Bools:
    """Mark role names with the words of the title before them."""
    weak = near.at("weak_role")
    named = capital | near.before("modifier") | (near.moved(near.word("of"), -1) & (near.before("article") | first))
    praised = near.at("leader") & near.before("leader_before")
    role = near.at("role") & ~praised & (~weak | named | near.behind("role"))
    role |= near.word("lead") & capital & near.moved(capital, -1)
    part = (near.at("modifier") & ~(first & near.word("lead"))) | (capital & ~near.at("and"))
    mask, reach = role.copy(), role
    for _ in range(TITLE_REACH):
        reach = near.moved(reach, -1) & part
        mask |= reach
    return mask


def _leadership_bodies(near: _Neighbours, first: Bools) -> Bools:
    """Mark "leadership" where it names a body of people and not a quality."""
    word = near.word("leadership")
    body = word & near.behind("body")
    quality = near.behind("quality") | near.before("leadership_before") | near.behind("and") | first
    mask = word & (body | ~quality)
    return mask | near.moved(body, 1)


def _fields(near: _Neighbours, first: Bools) -> Bools:
    """Mark "management" and the noun before it where they name a field and not the handling of people."""
    word = near.word("management")
    body = word & near.behind("body")
    opening = first | near.moved(~near.letters, 1)
    quality = near.behind("quality") & (opening | near.before("management_before"))
    hide = word & (body | ~(near.before("managed") | quality))
    return hide | near.moved(body, 1) | (near.at("field") & near.moved(hide, -1))


def _companies(near: _Neighbours) -> Bools:
    """Mark "leading provider", "market-leading", "sales leads" and "lead time"."""
    leading = near.word("leading")
    named = leading & near.behind("company_behind")
    mask = named | near.moved(named, 1) | (leading & near.before("company_before"))
    mask |= near.word("leads") & near.before("leads_before")
    time = near.word("lead") & near.behind("lead_behind")
    return mask | time | near.moved(time, 1)

"""A word list made from the codebook's table, as a user without a model would make one.

For each dimension, the words and phrases of its management pole and of its leadership pole. A `*` stands for
the rest of a word. Written from `corpus/CODEBOOK.md` (its table and rules 2, 3, 6, 7 and 11), without
looking at labelled sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from mvl_classify.dimensions import POLES
from mvl_classify.engine import Floats

WORDS: Final[dict[str, tuple[str, str]]] = {
    "focus": (
        "operations, operational, efficien*, productivity, bottom line, throughput, cost control,"
        " systems and structures",
        "relationships, engagement, trust*, wellbeing, people first, belonging, what people need, build rapport",
    ),
    "direction": (
        "plan, plans, planning, organis*, organiz*, coordinat*, co-ordinat*, budget*, allocat*, prioritis*, prioritiz*,"
        " schedul*, time management, administer*, resources",
        "vision*, sense of purpose, set the direction, align*, set the strategy, define the strategy,"
        " strategic direction",
    ),
    "time_horizon": (
        "day-to-day, day to day, daily, weekly, deadline*, on time, timely, targets, short-term, short term,"
        " milestone*",
        "long-term, long term, the future, sustainab*, long range, years ahead, next generation",
    ),
    "innovation": (
        "maintain*, status quo, existing systems, stability, proven, keep running, continuity, upkeep",
        "innovat*, new ideas, creativ*, challenge the status quo, continuous improvement, initiative*, drive change,"
        " transform*, reimagin*, pioneer*",
    ),
    "method": (
        "procedure*, process, processes, guideline*, standards, policy, policies, protocol*, in accordance with,"
        " enforce*",
        "results-oriented, results-driven, outcome*, rethink*, reshape*, strategic thinking, think* strategically",
    ),
    "scope": (
        "attention to detail, detail-oriented, details, accura*, every step, each task, check*, meticulous*, thorough*",
        "big picture, the whole organisation, the whole organization, across the organi*, bigger picture, holistic*",
    ),
    "relationship": (
        "supervis*, oversee*, overse*, direct reports, monitor*, assign*, delegat*, control*, manage staff,"
        " manage a team, manage the team, line management, people management",
        "inspir*, motivat*, empower*, inclusi*, empath*, culture, encourag*, energis*, energiz*",
    ),
    "development": (
        "recruit*, hiring, staffing, headcount, rota*, roster*, fill vacanc*, shift plan*",
        "mentor*, coach*, develop people, develop others, career development, grow* the team, train and develop,"
        " promot* from within, counsel*, succession",
    ),
    "communication": (
        "report, reports, reporting, instruct*, memo*, document*, record*, correct*, status update*",
        "listen*, open dialogue, feedback, one to one, one-to-one, seek* opinion*, explain* why, transparen*,"
        " open communication",
    ),
    "decision_making": (
        "routine decision*, established procedure*, according to policy, approve*, approval*, sign off",
        "strategic decision*, ambigu*, uncertain*, judgement calls, difficult decisions",
    ),
    "risk": (
        "compliance, comply, complies, mitigat*, risk management, safety regulations, audit*, avoid* risk*, safeguard*",
        "calculated risk*, take* risks, embrace* change, bold*, step* into the unknown, experiment*",
    ),
    "influence": (
        "authority, responsible for a team, report* to, reporting line, formal, mandate, chain of command",
        "influenc*, leadership, by example, advoca*, role model*, without formal authority, earn* respect, persuad*",
    ),
    "expertise": (
        "subject matter expert*, technical expertise, in-depth knowledge, knowledge of the area, competence of staff",
        "self-starter, drive, self-reliant, ambiti*, self-belief, confiden*, networking, entrepreneurial, proactive*",
    ),
}


def pattern(entries: str) -> re.Pattern[str]:
    """Compile a comma-separated list; `*` stands for the rest of a word."""
    written = [re.escape(entry.strip()).replace(r"\*", r"\w*") for entry in entries.split(",") if entry.strip()]
    return re.compile(rf"\b(?:{'|'.join(written)})\b", re.IGNORECASE)


def counts(texts: Sequence[str]) -> Floats:
    """Return hits (texts, 2 + dimensions): of each pole, then of each dimension at either pole."""
    by_dimension = [[pattern(entries) for entries in poles] for poles in WORDS.values()]
    out = np.zeros((len(texts), len(POLES) + len(WORDS)))
    for row, text in enumerate(texts):
        for column, poles in enumerate(by_dimension, len(POLES)):
            for pole, words in enumerate(poles):
                hits = len(words.findall(text))
                out[row, pole] += hits
                out[row, column] += hits
    return out

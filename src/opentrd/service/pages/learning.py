"""What the pages to understand say: for a person who has no record at hand, and wants to know.

Each sentence is a statement with the rows of knowledge behind it; each number comes from such a row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from opentrd.present.safety import REGIONS
from opentrd.review.checks.line import cells
from opentrd.review.figures import cited, people
from opentrd.statement import Param, Statement

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge
    from opentrd.present.words import Words

#: The kinds of next steps, in the order in which a person would look for them.
CATEGORIES: Final = (
    "review",
    "psychotherapy",
    "combination",
    "switch",
    "augmentation",
    "rapid",
    "neuromodulation",
    "lifestyle",
    "comorbidity",
    "referral",
    "investigational",
)


class Thing(NamedTuple):
    """Something with a name: what it is, what is said of it, and the row that tells of it."""

    name: str
    what: str
    says: tuple[Statement, ...]
    citation: str


class Section(NamedTuple):
    """A part of a topic: a heading, sentences (``points``: as a list), things with names."""

    title: str
    says: tuple[Statement, ...] = ()
    points: bool = False
    things: tuple[Thing, ...] = ()
    questions: bool = False


class Topic(NamedTuple):
    """A page to understand. ``short`` says it in a sentence."""

    key: str
    title: str
    short: Statement
    sections: tuple[Section, ...]


def topic(key: str, words: Words) -> Topic:
    """Return a topic in the words of a person. ``KeyError`` where there is none of this name."""
    make, short = _TOPICS[key]
    return Topic(key, words.text(f"learn_title.{key}"), short, make(words))


def topics(words: Words) -> list[Topic]:
    """Return all topics, in the order of reading."""
    return [topic(key, words) for key in _TOPICS]


def titles(words: Words) -> list[tuple[str, str]]:
    """Return the keys and titles of the topics."""
    return [(key, words.text(f"learn_title.{key}")) for key in _TOPICS]


def _said(key: str, *citations: str, **params: Param) -> Statement:
    return Statement(f"learn.{key}", params, (), citations)


def _figure(key: str, knowledge: Knowledge, *names: str) -> Statement:
    figures = [knowledge.figures[name] for name in names]
    return Statement(f"learn.{key}", people(*figures), (), cited(*figures))


def _what(words: Words) -> tuple[Section, ...]:
    known = words.knowledge
    rules = [each for each in known.definitions.values() if each.headline]
    time = known.options["extend_trial"]
    return (
        Section(
            words.text("learn_part.name"),
            (
                _said("name", "definition:sforzini_2022", "definition:ema_2013"),
                _said("full_chance", "definition:sforzini_2022"),
                _said("not_the_end", "option:refer"),
            ),
        ),
        Section(
            words.text("learn_part.course"),
            (
                _said("two_courses", "review:best_so_far", "review:relapse"),
                _said("take_time", "option:extend_trial", low=time.weeks_low, high=time.weeks_high),
                _figure("first_tries", known, "stard_remission_step_1", "stard_remission_step_2"),
            ),
        ),
        Section(
            words.text("learn_part.how_many"),
            (
                _figure(
                    "how_many", known, "trd_scottish_primary_care_ehr", "trd_uk_primary_care_6_wk_bdi_14"
                ),
                _figure("no_response", known, "non_response", "partial_response"),
                _figure(
                    "founding_article",
                    known,
                    "founding_article_no_response_at_all",
                    "founding_article_partial_remission_only",
                ),
            ),
        ),
        Section(
            words.text("learn_part.rules"),
            (_said("rules", *(f"definition:{rule.definition}" for rule in rules), n=len(rules)),),
        ),
    )


def _signs(words: Words) -> tuple[Section, ...]:
    return (
        Section(
            words.text("learn_part.look_again"),
            (
                _said("sign_no_help", "review:trial_course"),
                _said("sign_returns", "review:relapse"),
                _said("sign_neither", "review:therapy_adequate"),
                _said("sign_months", "review:chronic_course"),
                _said("sign_no_hope", "review:hopelessness"),
            ),
            points=True,
        ),
        Section(
            words.text("learn_part.what_it_does"),
            (
                _said("does_sleep", "review:insomnia"),
                _said("does_appetite", "review:appetite"),
                _said("does_people", "review:social_life", "review:work"),
                _said("does_body", "review:physical_illness", "figure:mortality_us_claims"),
                _said("does_death", "review:suicidal_thoughts"),
            ),
            points=True,
        ),
        Section(words.text("learn_part.then"), (_said("speak_up", "option:refer"),)),
    )


def _specialist(words: Words) -> tuple[Section, ...]:
    domains: dict[str, list[str]] = {}
    for row in words.knowledge.checks.values():
        domains.setdefault(row.domain, []).append(f"review:{row.check}")
    looks = tuple(
        Thing(
            words.write("review_domain", domain),
            "",
            (Statement(f"learn_look.{domain}", {}, (), tuple(checks)),),
            checks[0],
        )
        for domain, checks in domains.items()
    )
    return (
        Section(words.text("learn_part.way_there"), (_said("way_there", "option:refer"),)),
        Section(words.text("learn_part.looks"), (_said("looks", "option:check_diagnosis"),), things=looks),
        Section(words.text("learn_part.whole"), (_said("whole", "option:treat_cooccurring"),)),
    )


def _options(words: Words) -> tuple[Section, ...]:
    first = Section(
        words.text("learn_part.many"),
        (
            _said("many", "option:refer", n=len(words.knowledge.options)),
            _said("not_alone", "option:refer"),
        ),
    )
    return (first, *(_category(category, words) for category in CATEGORIES))


def _category(category: str, words: Words) -> Section:
    rows = [row for row in words.knowledge.options.values() if row.category == category]
    things = tuple(
        Thing(
            words.write("option_name", row.option),
            words.write("option_what", row.option),
            _measured(row.figures, words),
            f"option:{row.option}",
        )
        for row in rows
    )
    says = Statement(f"learn_kind.{category}", {}, (), tuple(thing.citation for thing in things))
    return Section(words.text(f"learn_category.{category}"), (says,), things=things)


def _measured(figures: str | None, words: Words) -> tuple[Statement, ...]:
    """Return what studies found of an option, as far as it is told to persons."""
    rows = [words.knowledge.figures[name] for name in cells(figures)]
    says = [Statement(f"figure_told.{row.figure}", people(row), (), cited(row)) for row in rows]
    return tuple(said for said in says if words.tells(said))


def _yourself(words: Words) -> tuple[Section, ...]:
    return (
        Section(
            words.text("learn_part.small_steps"),
            (
                _said("small_steps", "option:exercise", "option:sleep"),
                _said("small_beside", "option:med_plus_psy"),
            ),
        ),
        _category("lifestyle", words),
        Section(
            words.text("learn_part.each_day"),
            (
                _said("own_walk", "option:exercise"),
                _said("own_sleep", "option:sleep"),
                _said("own_alcohol", "option:alcohol"),
                _said("own_people", "review:loneliness"),
                _said("own_rest", "review:stress"),
            ),
            points=True,
        ),
    )


def _talk(words: Words) -> tuple[Section, ...]:
    return (
        Section(
            words.text("learn_part.before"),
            (
                _said("bring_list", "review:trial_course", "review:best_so_far"),
                _said("bring_taking", "review:adherence_now"),
                _said("bring_effects", "review:stopped_for_harm"),
                _figure("bring_wishes", words.knowledge, "petrushka_stopped"),
                _said("bring_someone", "review:family_response"),
                _said("bring_dark", "review:suicidal_thoughts"),
            ),
            points=True,
        ),
        Section(
            words.text("learn_part.ask"),
            (
                _said("ask_chance", "review:adherence_trial", "review:dose_reached"),
                _said("ask_else", "option:check_diagnosis"),
                _said("ask_next", "option:optimise_dose", "option:med_plus_psy", "option:switch_between"),
                _said("ask_effects", "review:stopped_for_harm"),
                _said("ask_when", "option:extend_trial"),
                _said("ask_who", "option:refer"),
            ),
            points=True,
            questions=True,
        ),
        Section(words.text("learn_part.not_heard"), (_said("not_heard", "option:refer"),)),
    )


def _hope(words: Words) -> tuple[Section, ...]:
    known = words.knowledge
    studied = [row for row in known.options.values() if row.category == "investigational"]
    return (
        Section(
            words.text("learn_part.hope"),
            (
                _said("hope_common", "definition:sforzini_2022"),
                _said("hope_many", "option:refer", n=len(known.options)),
                _said("hope_learns", "review:trial_course"),
            ),
        ),
        Section(
            words.text("learn_part.after_two"),
            (
                Statement(
                    "figure_told.ascertain_trd_response",
                    people(known.figures["ascertain_trd_response"]),
                    (),
                    ("figure:ascertain_trd_response",),
                ),
                Statement(
                    "figure_told.cobalt_cbt_added",
                    people(known.figures["cobalt_cbt_added"]),
                    (),
                    ("figure:cobalt_cbt_added",),
                ),
                _said("hope_all_depends", "figure:ascertain_trd_response"),
            ),
        ),
        Section(
            words.text("learn_part.new"),
            (_said("hope_new", *(f"option:{row.option}" for row in studied)),),
        ),
        Section(
            words.text("learn_part.today"),
            (_said("hope_today", *(f"contact:emergency/{region}" for region in REGIONS)),),
        ),
    )


#: The topics in the order of reading: what makes their sections, and the sentence that says it all.
_TOPICS: Final[dict[str, tuple[Callable[[Words], tuple[Section, ...]], Statement]]] = {
    "what": (_what, _said("short.what", "definition:sforzini_2022")),
    "signs": (_signs, _said("short.signs", "review:trial_course", "review:relapse")),
    "specialist": (_specialist, _said("short.specialist", "option:refer", "option:check_diagnosis")),
    "options": (_options, _said("short.options", "option:refer")),
    "yourself": (_yourself, _said("short.yourself", "option:exercise", "option:sleep")),
    "talk": (_talk, _said("short.talk", "option:refer")),
    "hope": (_hope, _said("short.hope", "option:refer")),
}

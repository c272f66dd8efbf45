"""Why a line that was read is not used: every reason that a reader gives, with its one sentence."""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    # The record itself says that it does not hold
    "entered_in_error": "The record says that this was entered in error.",
    "cancelled": "It was cancelled before anything happened.",
    "draft": "It is a draft, not yet in force.",
    "proposal": "It is a proposal or an option, not an order.",
    "do_not_perform": "It says that this shall not be done.",
    "not_taken": "It says that the medicine was not taken.",
    "not_done": "It says that this was not done.",
    "not_dispensed_yet": "The supply was prepared or paused and not handed over.",
    "not_started": "It is planned and has not begun.",
    "planned": "It was planned; nothing says that it happened.",
    "refuted": "The diagnosis was ruled out.",
    "registered": "The result is not there yet.",
    "status_unknown": "The record does not know whether this result is valid.",
    "deleted": "It was deleted later.",
    "superseded": "A newer version of the same line was used.",
    "commented_out": "It begins with # like an example.",
    "duplicate": "It repeats another line word for word.",
    # Something that is needed is missing or impossible
    "end_before_start": "It ends before it starts.",
    "no_date": "It has no date.",
    "no_value": "It has no value.",
    "no_code": "It does not say what it is.",
    "no_product": "It does not say which medicine it is.",
    "no_condition": "It names no condition.",
    "no_subject": "It does not say whose it is, and the input has several persons or none.",
    "unknown_person": "Its person is not in the table person.",
    "group_subject": "It is about a group, not about a person.",
    "other_subject": "It is about something else than a person.",
    "no_resource": "The entry holds no resource.",
    "out_of_range": "The value is outside the range of the scale.",
    "wrong_unit": "The unit does not fit the scale.",
    "not_a_number": "The value is not a number.",
    "unreadable_answers": "None of the answers could be read as a number.",
    "not_this_scale": "It uses codes of a known scale for other questions.",
    "code_and_name_disagree": "Its code and its name are different scales.",
    "missing_answers": "Answers are missing, so no total can be computed.",
    # Read, understood, and of no use here
    "unknown_code": "Its code is none that the knowledge tables have.",
    "unknown_questionnaire": "The questionnaire is none that the knowledge tables have.",
    "not_relevant": "It tells of no treatment, score, condition or observation that is used here.",
    "not_relevant_resource": "Resources of this type are not used.",
    "unknown_resource": "FHIR has no resource of this type.",
    "not_score": "It belongs to a form but is no part of its score.",
    "not_referenced": "No medicine line refers to it.",
    "more_pages": "The input is one page of several; the other pages were not given.",
    "not_a_record": "The file is no record of a person.",
    "export_manifest": "It is the table of contents of a bulk export.",
}

"""What `prove` promises beside the outcome: facts, exclusions, open points, witnesses, reasons."""

import json
import threading

import pytest

from orgaudit.patterns import (
    FLAGS,
    PatternSyntaxError,
    all_of,
    any_of,
    example,
    examples,
    is_satisfiable,
    literal,
    parse,
    prove,
)

CREATE = "{ $.eventName = CreateVpc }"
VPC = "{ ($.eventName = CreateVpc) || ($.eventName = DeleteVpc) }"
MANAGEMENT = '{ $.managementEvent IS TRUE && $.eventCategory = "Management" }'
SETTLED = {name: flag.reference for name, flag in FLAGS.items()}


def test_a_witness_is_a_realistic_record():
    """Complete, in CloudTrail's order, JSON all through, with fitting service and natural values."""
    proof = prove(VPC, [CREATE], given=[MANAGEMENT, '{ $.recipientAccountId = "444455556666" }'])
    record = proof.witness
    assert record["eventName"] == "DeleteVpc"
    assert record["eventSource"] == "ec2.amazonaws.com"
    assert record["recipientAccountId"] == "444455556666"
    assert record["userIdentity"]["type"] == "AssumedRole"
    assert list(record)[:5] == ["eventVersion", "userIdentity", "eventTime", "eventSource", "eventName"]
    assert {
        "awsRegion",
        "sourceIPAddress",
        "eventID",
        "readOnly",
        "eventType",
        "managementEvent",
        "eventCategory",
    } <= set(record)
    assert json.loads(json.dumps(record)) == record


def test_the_service_of_the_witness_fits_its_event():
    assert example("{ $.eventName = PutBucketAcl }")["eventSource"] == "s3.amazonaws.com"
    assert example("{ $.eventName = DisableKey }")["eventSource"] == "kms.amazonaws.com"
    assert example("{ $.eventName = ConsoleLogin }")["eventType"] == "AwsConsoleSignIn"
    root = example('{ $.userIdentity.type = "Root" }')
    assert root["userIdentity"]["arn"].endswith(":root")


def test_the_same_question_has_the_same_answer():
    first = prove(VPC, ["{ $.eventName = Delete* }"]).witness
    assert prove(str(parse(VPC)), ["{ ($.eventName = Delete*) }"]).witness == first


def test_reasons_name_the_fields_that_decide():
    proof = prove(VPC, [CREATE])
    assert proof.reason == 'An event with eventName = "DeleteVpc" escapes.'
    assert prove(VPC, [VPC]).reason == "Every event that the prescribed pattern matches is matched."


def test_given_facts_narrow_what_is_asked():
    region = '{ $.eventName = CreateVpc && $.awsRegion = "us-east-1" }'
    assert prove(CREATE, [region]).outcome == "escapes"
    assert prove(CREATE, [region], given=['{ $.awsRegion = "us-east-1" }']).outcome == "covered"
    assert prove(CREATE, [region], given=['{ $.awsRegion = "eu-west-1" }']).outcome == "escapes"


def test_excluded_events_need_not_be_covered():
    """An exclusion takes out what it matches, so the filter's != must leave nothing else out."""
    narrowed = "{ $.eventName = CreateVpc && $.userAgent != terraform }"
    accepted = "{ $.userAgent = terraform }"
    assert prove(CREATE, [narrowed], excluding=[accepted]).outcome == "escapes"
    fitting = "{ $.eventName = CreateVpc && ($.userAgent NOT EXISTS || $.userAgent != terraform) }"
    scalar = '{ $.userAgent NOT EXISTS || $.userAgent = "" || $.userAgent != "" }'
    assert prove(CREATE, [fitting], given=[scalar], excluding=[accepted]).outcome == "covered"


def test_contradicting_facts_leave_nothing_to_cover():
    proof = prove(CREATE, [VPC], given=["{ $.eventName = DeleteVpc }"])
    assert (proof.outcome, proof.reason) == ("covered", "No event can match the prescribed pattern here.")
    assert prove("{ $.a = x && $.a = y }", []).outcome == "covered"


def test_a_fact_that_nothing_mentions_changes_only_the_witness():
    for account in ("111122223333", "999988887777"):
        proof = prove(VPC, [CREATE], given=[f'{{ $.recipientAccountId = "{account}" }}'])
        assert proof.witness["recipientAccountId"] == account


def test_a_fact_that_is_mentioned_decides():
    member = '{ $.eventName = CreateVpc && $.recipientAccountId = "111122223333" }'
    assert prove(CREATE, [member], given=['{ $.recipientAccountId = "111122223333" }']).outcome == "covered"
    assert prove(CREATE, [member], given=['{ $.recipientAccountId = "999988887777" }']).outcome == "escapes"
    assert prove(CREATE, ["111122223333"], given=['{ $.recipientAccountId = "111122223333" }']).outcome == "covered"


def test_two_facts_about_the_same_field_meet():
    facts = ['{ $.recipientAccountId = "1" }', '{ $.recipientAccountId = "2" }']
    assert prove(CREATE, [], given=facts).outcome == "covered"


def test_filters_cover_together():
    assert prove(VPC, [CREATE, "{ $.eventName = DeleteVpc }"]).outcome == "covered"
    halves = ["{ $.eventName = *Vpc && $.readOnly IS TRUE }", "{ $.eventName = *Vpc && $.readOnly IS FALSE }"]
    assert prove(VPC, halves).outcome == "escapes"
    assert prove(VPC, halves, given=["{ $.readOnly IS TRUE || $.readOnly IS FALSE }"]).outcome == "covered"


def test_an_unreadable_filter_decides_nothing_unless_others_cover():
    bad = "{ $.eventName == CreateVpc }"
    proof = prove(CREATE, [bad])
    assert proof.outcome == "undecided"
    assert "outside the documented language: column 16" in proof.reason
    assert prove(CREATE, [bad, VPC]).outcome == "covered"
    with pytest.raises(PatternSyntaxError, match="column 16"):
        prove(bad, [CREATE])
    with pytest.raises(PatternSyntaxError):
        prove(CREATE, [CREATE], given=[bad])


def test_what_aws_does_not_document_decides_nothing_unless_others_cover():
    assert prove(CREATE, ["[...]"]).outcome == "undecided"
    assert prove(CREATE, ["[...]", VPC]).outcome == "covered"
    assert prove(CREATE, [parse("[...]").narrowed("{ $.eventName = DeleteVpc }")]).outcome == "escapes"
    assert prove("[a, b]", ["[a, b]"]).outcome == "covered"
    assert prove("{ $.a.* != x }", ["{ $.a.* != x || $.b = y }"]).outcome == "covered"


@pytest.mark.parametrize(
    ("flag", "prescribed", "actual", "covered_if"),
    [
        ("null_differs", '{ $.a != "x" && $.a IS NULL }', "{ $.b = 1 }", False),
        ("boolean_differs", '{ $.a != "x" && $.a IS TRUE }', "{ $.b = 1 }", False),
        ("null_is_text", "{ $.a IS NULL }", "{ $.a = null }", True),
        ("boolean_is_text", "{ $.a IS TRUE }", "{ $.a = true }", True),
        ("inner_wildcard", '{ $.a = "pxq" }', '{ $.a = "p*q" }', True),
        ("term_inside_word", '{ $.a = "pxq" }', "x", True),
        ("number_equals_string", '{ $.a = "12" && $.a = *2* }', "{ $.a = 12 }", True),
        ("odd_number_equals_string", '{ $.a = "012345678901" }', "{ $.a = 012345678901 }", True),
        ("null_is_text", "{ $.a IS NULL }", "{ $.a = %^nu% }", True),
        ("boolean_is_text", "{ $.a IS FALSE }", "{ $.a = %e$% }", True),
        ("regex_reads_numbers", "{ $.a = 12 && $.a < 13 }", "{ $.a = %2% }", True),
        ("dot_matches_newline", '{ $.a = "x*y" }', "{ $.a = %^x.*y$% }", True),
        ("absent_below_scalar", "{ $.a NOT EXISTS }", "{ $.a.b NOT EXISTS }", True),
        ("number_text_is_canonical", "{ $.a = 12 && $.a > 11 }", '{ $.a = "12" }', True),
        ("number_text_is_canonical", "{ $.a = 12 && $.a > 11 }", '{ $.a != "*.*" }', True),
        ("number_text_is_canonical", "{ $.a.b = 12 && $.a.b > 11 }", '{ $.a.* = "12" }', True),
    ],
)
def test_an_open_point_leaves_it_undecided_until_it_is_settled(flag, prescribed, actual, covered_if):
    others = {name: value for name, value in SETTLED.items() if name != flag}
    proof = prove(prescribed, [actual], settled=others)
    assert proof.outcome == "undecided"
    assert FLAGS[flag].meaning in proof.reason
    assert proof.flags[flag] is None
    for answer in (True, False):
        expected = "covered" if answer == covered_if else "escapes"
        settled = prove(prescribed, [actual], settled={**others, flag: answer})
        assert settled.outcome == expected
        assert f"{FLAGS[flag].meaning}: {'yes' if answer else 'no'}, asked" in settled.method


@pytest.mark.parametrize("word", ["null", "boolean"])
def test_how_a_word_is_compared_and_whether_it_differs_are_two_questions(word):
    """`= *` may hold on null where `!=` fails: only both answers tell whether the two cover each other."""
    question = "{ $.a = * }", ["{ $.a = x || $.a != x }"]
    one_open = {name: value for name, value in SETTLED.items() if name != f"{word}_is_text"}
    assert prove(*question, settled=one_open).outcome == "undecided"
    assert prove(*question, settled=one_open | {f"{word}_is_text": True}).outcome == "escapes"
    both = one_open | {f"{word}_is_text": True, f"{word}_differs": True}
    assert prove(*question, settled=both).outcome == "covered"
    assert prove(*question).outcome == "undecided"


def test_every_flag_has_such_a_case():
    rows = test_an_open_point_leaves_it_undecided_until_it_is_settled.pytestmark[0].args[1]
    assert {row[0] for row in rows} == set(FLAGS)


def test_open_points_matter_in_combination_too():
    """Covered whichever single point is answered the other way, not if two are."""
    prescribed = '{ $.a != "x" && $.b != "y" }'
    actual = '{ ($.a != "x" && $.b = *) || ($.a = * && $.b != "y") }'
    assert prove(prescribed, [actual], settled=SETTLED).outcome == "covered"
    assert (
        prove(prescribed, [actual], settled=SETTLED | {"null_differs": True, "boolean_differs": True}).outcome
        == "escapes"
    )
    assert prove(prescribed, [actual]).outcome == "undecided"


def test_where_no_open_point_matters_none_is_looked_at():
    assert prove(VPC, [CREATE]).flags == {}
    assert prove(VPC, [CREATE]).method == "exact over all JSON records"


def test_unknown_flags_are_refused():
    with pytest.raises(KeyError):
        prove(CREATE, [CREATE], settled={"nonsense": True})


def test_conjunctions_of_any_kinds():
    recorded = parse("{ $.readOnly IS FALSE }")
    both = recorded.narrowed("CreateVpc")
    assert prove("{ $.eventName = CreateVpc && $.readOnly IS FALSE }", [both]).outcome == "covered"
    assert prove(CREATE, [both]).outcome == "escapes"
    assert prove(CREATE, [both], given=[recorded]).outcome == "covered"
    assert both.matches({"eventName": "CreateVpc", "readOnly": False})
    assert not both.matches({"eventName": "CreateVpc", "readOnly": True})


def test_conjunction_and_disjunction_of_none():
    assert all_of([]).matches({})
    assert not any_of([]).matches({})
    assert prove(CREATE, [any_of([])]).outcome == "escapes"
    assert prove(CREATE, [all_of([])]).outcome == "covered"
    assert prove(any_of([]), []).outcome == "covered"


def test_dozens_of_actuals_of_mixed_kinds():
    recorded = any_of([parse("{ $.readOnly IS FALSE }"), parse('{ $.eventSource != "kms.amazonaws.com" }')])
    names = [f"Event{number}" for number in range(20)]
    prescribed = any_of([f"{{ $.eventName = {name} }}" for name in names])
    filters = [recorded.narrowed(f"{{ $.eventName = {name} }}") for name in names[:10]]
    filters += [recorded.narrowed(f'"\\"{name}\\""') for name in names[10:]]
    given = ["{ $.readOnly IS FALSE }"]
    assert prove(prescribed, filters, given=given).outcome == "covered"
    assert prove(prescribed, filters[1:], given=given).witness["eventName"] == "Event0"


def test_required_words_of_a_prescribed_pattern():
    """Terms on the prescribed side: the witness carries them somewhere."""
    for text in ('"Root x" -Admin', r'"\"note\":\"Root" Other', r'"\"note\":12"'):
        proof = prove(text, ["Nothing"])
        assert proof.outcome == "escapes"
        assert parse(text).matches(proof.witness)
    assert prove('"a b c"', ["b"]).outcome == "covered"
    assert prove("abc", ["b"]).outcome == "undecided"
    assert prove("abc", ["b"], settled=SETTLED).outcome == "covered"
    assert prove("%Root[0-9]+x%", ["%Root%"]).outcome in ("covered", "undecided")
    assert prove("%Root[0-9]+x%", ["%Admin%"]).outcome == "escapes"


def test_elements_need_those_before_them():
    assert prove("{ $.a[2] = x }", ["{ $.a[1] NOT EXISTS }"]).outcome == "escapes"
    assert not is_satisfiable("{ $.a[2] = x && $.a[1] NOT EXISTS }")
    assert not is_satisfiable("{ $.a[0] = x && $.a.b = x }")
    assert not is_satisfiable("{ $.a.b = x && $.a = y }")
    assert example("{ $.a[2].b = x && $.a[0] = y }")["a"][2] == {"b": "x"}


def test_an_element_that_no_index_names():
    """Any of three, less the first and the last, is the one in the middle."""
    assert (
        prove("{ $.a[*] = x && $.a[3] NOT EXISTS }", ["{ $.a[0] = x || $.a[1] = x || $.a[2] = x }"]).outcome
        == "covered"
    )
    proof = prove("{ $.a[*] = x && $.a[3] NOT EXISTS }", ["{ $.a[0] = x || $.a[2] = x }"])
    assert proof.witness["a"][1] == "x"


def test_satisfiable_and_examples():
    assert is_satisfiable(VPC)
    assert not is_satisfiable(CREATE, given=["{ $.eventName = DeleteVpc }"])
    assert [event["eventName"] for event in examples(VPC)] == ["CreateVpc", "DeleteVpc"]
    assert example("{ $.a = x && $.a = y }") is None
    assert all(event["managementEvent"] is True for event in examples(VPC, given=[MANAGEMENT]))


def test_examples_follow_the_alternatives_of_a_nested_pattern():
    text = "{ $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) }"
    assert [event["eventName"] for event in examples(text)] == ["DisableKey", "ScheduleKeyDeletion"]


def test_a_question_that_is_too_hard_is_left_open():
    many = " && ".join(f'$.a = "*{left}{right}*"' for left in "abcdef" for right in "ghijk")
    proof = prove(f"{{ {many} }}", ['{ $.a = "*a*b*" || $.a = "*b*a*" }'])
    assert proof.outcome == "undecided"
    assert "too many to follow" in proof.reason or "more steps" in proof.reason


def test_literals_with_every_character():
    value = 'quote " backslash \\ percent % brace } é'
    pattern = f"{{ $.a = {literal(value)} }}"
    assert prove(pattern, [pattern]).outcome == "covered"
    assert prove(pattern, ["{ $.a != * }"]).witness["a"] == value


def test_proofs_in_many_threads_agree():
    found: list[str] = []

    def ask() -> None:
        for number in range(50):
            proof = prove(f"{{ $.eventName = Thread{number} || $.a = 1 }}", [f"{{ $.eventName = Thread{number} }}"])
            found.append(proof.outcome)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["escapes"] * 200

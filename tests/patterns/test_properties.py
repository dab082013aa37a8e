"""Laws: rewrites that keep the meaning keep the outcome, changes that lose events never pass."""

from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from orgaudit.patterns import Pattern, PatternSyntaxError, parse, prove
from orgaudit.patterns.printing import print_condition
from orgaudit.patterns.tree import And, Field, Node, Not, NotExists, Or, Text, conjunction, disjunction

NAMES = ("CreateVpc", "DeleteVpc", "PutBucketAcl", "ConsoleLogin", "StopLogging", "CreateTrail")
quick = settings(max_examples=150, suppress_health_check=list(HealthCheck))


def event_is(names: tuple[str, ...]) -> st.SearchStrategy[Node]:
    return st.sampled_from(names).map(lambda name: Field(("eventName",), Text("=", name)))


CONDITIONS: st.SearchStrategy[Node] = st.one_of(
    event_is(NAMES),
    st.sampled_from(("*Vpc", "Create*", "*Bucket*")).map(lambda glob: Field(("eventName",), Text("=", glob))),
    st.sampled_from(("Root", "IAMUser")).map(lambda kind: Field(("userIdentity", "type"), Text("=", kind))),
    st.sampled_from(("AccessDenied", "x")).map(lambda code: Field(("errorCode",), Text("!=", code))),
    st.sampled_from((("userIdentity", "invokedBy"), ("errorCode",))).map(lambda path: Field(path, NotExists())),
)
EXPRESSIONS = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(conjunction),
        st.lists(inner, min_size=2, max_size=3).map(disjunction),
    ),
    max_leaves=7,
)


def shuffled(draw: Any, node: Node) -> Node:
    """The same expression with the parts of every operator in another order."""
    if isinstance(node, And | Or):
        parts = tuple(shuffled(draw, part) for part in draw(st.permutations(node.parts)))
        return type(node)(parts)
    return node


def spelled(draw: Any, node: Node) -> str:
    """The expression in other words: blanks, line breaks, quotes and needless parentheses by chance."""
    blank = draw(st.sampled_from(("", " ", "\n\t")))
    if isinstance(node, And | Or):
        operator = f"{blank}{'&&' if isinstance(node, And) else '||'}{blank}"
        return operator.join(f"({spelled(draw, part)}{blank})" for part in node.parts)
    text = print_condition(node)
    if isinstance(node, Field) and isinstance(node.test, Text):
        value = f'"{node.test.value}"' if draw(st.booleans()) else node.test.value
        text = f"{text.split()[0]}{blank}{node.test.op}{blank}{value}"
    return f"({text})" if draw(st.booleans()) else text


def distributed(node: Node) -> Node:
    """`a && (b || c)` as `a && b || a && c`, once for every conjunction with an alternative."""
    if isinstance(node, Or):
        return disjunction(map(distributed, node.parts))
    if isinstance(node, And):
        for place, part in enumerate(node.parts):
            if isinstance(part, Or):
                rest = node.parts[:place] + node.parts[place + 1 :]
                return disjunction(distributed(conjunction((chosen, *rest))) for chosen in part.parts)
    return node


def as_pattern(node: Node) -> Pattern:
    return Pattern("json", node)


@given(st.data(), EXPRESSIONS, EXPRESSIONS)
@quick
def test_rewrites_keep_the_outcome(data, prescribed, actual):
    """Order, blanks, quotes, parentheses and distribution: the proof sees the meaning."""
    before = prove(as_pattern(prescribed), [as_pattern(actual)]).outcome
    text = "{" + spelled(data.draw, shuffled(data.draw, actual)) + "}"
    assume(len(text) <= 1024)
    wanted = as_pattern(distributed(shuffled(data.draw, prescribed)))
    assert prove(wanted, [text]).outcome == before
    assert prove(wanted, [as_pattern(distributed(actual))]).outcome == before


@given(st.data(), EXPRESSIONS)
@quick
def test_every_rewrite_covers_its_original(data, node):
    text = "{" + spelled(data.draw, shuffled(data.draw, node)) + "}"
    assume(len(text) <= 1024)
    assert prove(as_pattern(node), [text]).outcome == "covered"
    assert prove(text, [as_pattern(distributed(node))]).outcome == "covered"


@given(EXPRESSIONS, EXPRESSIONS)
@quick
def test_more_covers_and_less_is_covered(node, other):
    assert prove(as_pattern(node), [as_pattern(disjunction((node, other)))]).outcome == "covered"
    assert prove(as_pattern(conjunction((node, other))), [as_pattern(node)]).outcome == "covered"
    parts = node.parts if isinstance(node, Or) else (node,)
    assert prove(as_pattern(node), [as_pattern(part) for part in parts]).outcome == "covered"


@given(EXPRESSIONS, EXPRESSIONS, EXPRESSIONS)
@quick
def test_coverage_is_transitive_and_witnesses_separate(one, two, three):
    patterns = [as_pattern(node) for node in (one, two, three)]
    first, second = prove(patterns[0], [patterns[1]]), prove(patterns[1], [patterns[2]])
    if first.outcome == second.outcome == "covered":
        assert prove(patterns[0], [patterns[2]]).outcome == "covered"
    if first.outcome == "escapes":
        assert patterns[0].matches(first.witness)
        assert not patterns[1].matches(first.witness)


@given(EXPRESSIONS, EXPRESSIONS)
@quick
def test_given_is_conjunction_and_excluding_is_negation(node, other):
    """What is given on one side may as well stand on the prescribed one; what is excluded need not be matched."""
    prescribed, fact = as_pattern(node), as_pattern(other)
    asked = as_pattern(CORE)
    assert prove(prescribed, [asked], given=[fact]).outcome == prove(prescribed.narrowed(fact), [asked]).outcome
    assert prove(prescribed, [asked], excluding=[fact]).outcome == prove(prescribed, [asked, fact]).outcome
    assert prove(prescribed, [fact], excluding=[prescribed]).outcome == "covered"


CORE = Or((Field(("eventName",), Text("=", "Create*")), Field(("errorCode",), NotExists())))


@given(st.lists(st.sampled_from(NAMES), min_size=2, max_size=6, unique=True), st.data())
@quick
def test_what_loses_events_never_passes(names, data):
    """A name dropped, its case changed, || turned into &&, a condition added that is not implied."""
    listed = [f"$.eventName = {name}" for name in names]
    prescribed = "{ " + " || ".join(listed) + " }"
    place = data.draw(st.integers(0, len(names) - 1))
    without = listed[:place] + listed[place + 1 :]
    proof = prove(prescribed, ["{ " + " || ".join(without) + " }"])
    assert proof.outcome == "escapes"
    assert proof.witness["eventName"] == names[place]
    swapped = [*without, listed[place].replace(names[place], names[place].swapcase())]
    assert prove(prescribed, ["{ " + " || ".join(swapped) + " }"]).outcome == "escapes"
    assert prove(prescribed, ["{ " + " && ".join(listed) + " }"]).outcome == "escapes"
    condition = data.draw(CONDITIONS.filter(lambda node: isinstance(node, Field) and node.selector != ("eventName",)))
    narrowed = f"{{ ({' || '.join(listed)}) && {print_condition(condition)} }}"
    assert prove(prescribed, [narrowed]).outcome == "escapes"


@given(st.text(max_size=60))
@settings(max_examples=400)
def test_any_text_parses_or_says_where_not(text):
    found: Pattern | PatternSyntaxError
    try:
        found = parse(text)
    except PatternSyntaxError as error:
        found = error
    if isinstance(found, Pattern):
        assert parse(str(found)) == found
    else:
        assert 1 <= found.column <= len(text) + 1


@given(EXPRESSIONS)
@quick
def test_a_pattern_and_its_negation_meet_nowhere(node):
    """The search itself: nothing matches a pattern that is excluded at once."""
    assert prove(as_pattern(node), [], excluding=[as_pattern(node)]).outcome == "covered"
    assert prove(Pattern("combined", Not(node)), [as_pattern(node)]).outcome in ("escapes", "undecided")

"""Whether the conditions of a statement hold for a request.

IAM User Guide: "Condition operators", "Conditions with multiple context keys or values" and
"Set operators for multivalued context keys".
"""

from devstack.aws.iam.context import Context
from devstack.aws.iam.operators import Operator, Qualifier
from devstack.aws.iam.statement import Clause


def holds(clause: Clause, context: Context, *, variables: bool) -> bool:
    """Tell whether one operator, key and list of values holds.

    Of several values in the policy one must match (for a negated operator: none may); `variables`
    says whether the policy's version knows `${…}`.
    """
    operator, values = clause.operator, context.get(clause.key)
    if operator.compare is None:
        return _null_holds(clause, values)
    if not values and operator.if_exists:
        # "If the key is not present, evaluate the condition element as true."
        return True
    passing = [_passes(clause, value, context if variables else None) for value in values]
    match operator.qualifier:
        case Qualifier.ALL:
            # True for a missing key and "if the key values resolve to a null data set, such as an
            # empty string": why every Allow with ForAllValues needs a Null condition beside it.
            return _is_null(values) or all(passing)
        case Qualifier.ANY:
            # AWS says: "for no matching key or a null dataset, the condition returns false".
            return not _is_null(values) and any(passing)
        case Qualifier.NONE:
            return _single_holds(operator, passing)


def _single_holds(operator: Operator, passing: list[bool]) -> bool:
    if not passing:
        # "If the policy condition requires that the key is not matched, such as StringNotLike or
        # ArnNotLike, and the right key is not present, the condition is true."
        return operator.negated
    # "To compare your condition against a request context with multiple key values, you must use
    # the ForAllValues or ForAnyValue set operators": without one, several values match nothing.
    return passing == [True]


def _passes(clause: Clause, value: str, context: Context | None) -> bool:
    compare = clause.operator.compare
    matched = compare is not None and any(compare(value, entry, context) for entry in clause.values)
    return matched is not clause.operator.negated


def _null_holds(clause: Clause, values: tuple[str, ...]) -> bool:
    # "true (the key doesn't exist — it is null) or false (the key exists and its value is not
    # null)"; an empty string counts as null (section "The request context").
    actual = "true" if _is_null(values) else "false"
    return any(entry.lower() == actual for entry in clause.values)


def _is_null(values: tuple[str, ...]) -> bool:
    return all(value == "" for value in values)

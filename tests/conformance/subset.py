"""Whether a GraphQL schema is a part of another: nothing in it that the other lacks or types otherwise."""

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
)


def differences(part: GraphQLSchema, whole: GraphQLSchema) -> Iterator[str]:
    """Every type, field, argument, enum value and input of the part that is not just so in the whole."""
    for name, kind in part.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        other = whole.get_type(name)
        if other is None:
            yield f"{name}: GitHub has no such type"
        elif type(other) is not type(kind):
            yield f"{name}: a {type(kind).__name__}, but GitHub's is a {type(other).__name__}"
        else:
            yield from _type_differences(kind, other)


def _type_differences(kind: GraphQLNamedType, other: GraphQLNamedType) -> Iterator[str]:
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        assert isinstance(other, GraphQLObjectType | GraphQLInterfaceType)
        yield from _field_differences(kind, other)
        yield from _lacking(
            f"{kind} implements",
            [interface.name for interface in kind.interfaces],
            [interface.name for interface in other.interfaces],
        )
    elif isinstance(kind, GraphQLInputObjectType):
        assert isinstance(other, GraphQLInputObjectType)
        yield from _input_differences(str(kind), kind.fields, other.fields)
    elif isinstance(kind, GraphQLEnumType):
        assert isinstance(other, GraphQLEnumType)
        yield from _lacking(f"{kind} has the value", kind.values, other.values)
    elif isinstance(kind, GraphQLUnionType):
        assert isinstance(other, GraphQLUnionType)
        members = [member.name for member in other.types]
        yield from _lacking(f"{kind} has the member", [member.name for member in kind.types], members)


def _lacking(
    what: str, names: Mapping[str, object] | list[str], known: Mapping[str, object] | list[str]
) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield f"{what} {name}, but not GitHub's"


def _field_differences(
    kind: GraphQLObjectType | GraphQLInterfaceType, other: GraphQLObjectType | GraphQLInterfaceType
) -> Iterator[str]:
    for name, field in kind.fields.items():
        where = f"{kind}.{name}"
        if name not in other.fields:
            yield f"{where}: GitHub has no such field"
            continue
        if str(field.type) != str(other.fields[name].type):
            yield f"{where}: {field.type}, but GitHub's is {other.fields[name].type}"
        yield from _input_differences(where, field.args, other.fields[name].args)


def _input_differences(
    where: str,
    inputs: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    others: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
) -> Iterator[str]:
    for name, each in inputs.items():
        if name not in others:
            yield f"{where}({name}): GitHub takes no such input"
        elif str(each.type) != str(others[name].type):
            yield f"{where}({name}): {each.type}, but GitHub's is {others[name].type}"
    for name, each in others.items():
        if name not in inputs and _required(each):
            yield f"{where}({name}): GitHub requires it"


def _required(each: GraphQLArgument | GraphQLInputField) -> bool:
    return is_required_argument(each) if isinstance(each, GraphQLArgument) else is_required_input_field(each)

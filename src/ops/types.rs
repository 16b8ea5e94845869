//! What the families' type checks share. `json` stands for whatever it holds at run time, so it goes anywhere.

use crate::value::Type;

/// The element type of a list, else the type itself.
pub(super) fn element(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) => inner,
        other => other,
    }
}

pub(super) fn text(ty: &Type) -> bool {
    ty.is_text() || *ty == Type::Json
}

pub(super) fn number(ty: &Type) -> bool {
    ty.is_number() || *ty == Type::Json
}

/// Whether values of the two types may be equal: of one kind, or text beside what has a text form.
pub(super) fn comparable(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Object | Type::List(_), _) | (_, Type::Object | Type::List(_)) => false,
        (Type::Json, _) | (_, Type::Json) => true,
        _ if a.is_text() && b.is_text() => true,
        _ if a.is_number() && b.is_number() => true,
        (Type::Ip | Type::Cidr, Type::String) | (Type::String, Type::Ip | Type::Cidr) => true,
        (Type::Bool, Type::Bool)
        | (Type::Ip, Type::Ip)
        | (Type::Cidr, Type::Cidr)
        | (Type::Time, Type::Time)
        | (Type::Duration, Type::Duration) => true,
        _ => false,
    }
}

/// Whether values of the two types have an order: numbers, times, durations.
pub(super) fn ordered(a: &Type, b: &Type) -> bool {
    let one = |t: &Type| t.is_number() || matches!(t, Type::Time | Type::Duration | Type::Json);
    one(a) && one(b) && comparable(a, b)
}

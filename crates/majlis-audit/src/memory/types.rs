//! Types as far as sizes and conversions need them: 64-bit pointers, `long` of eight bytes.

use std::rc::Rc;

use super::number::Range;

/// How a container keeps its elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One behind the other, all moved when it grows: `vector`.
    Row,
    /// By number, but apart: `deque`.
    Blocks,
    /// Each by itself: `list`, `map`, `set`.
    Nodes,
}

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ty {
    /// Not known, or of no matter.
    Unknown,
    Void,
    Int {
        bytes: u8,
        signed: bool,
    },
    Float(u8),
    Pointer(Rc<Ty>),
    /// Elements, and how many there are.
    Array(Rc<Ty>, Option<i128>),
    /// Index into the program's records.
    Record(usize),
    /// `vector`, `list`, `map` and the like, of such elements.
    Container(Rc<Ty>, Shape),
    /// `std::string`.
    Text,
    /// `unique_ptr`, `shared_ptr` and other owners.
    Owner,
    Function,
}

impl Ty {
    pub(super) const INT: Self = Self::Int {
        bytes: 4,
        signed: true,
    };
    pub(super) const CHAR: Self = Self::Int {
        bytes: 1,
        signed: true,
    };
    pub(super) const SIZE: Self = Self::Int {
        bytes: 8,
        signed: false,
    };
    pub(super) const WIDE: Self = Self::Int {
        bytes: 4,
        signed: true,
    };

    pub(super) fn pointer(to: Self) -> Self {
        Self::Pointer(Rc::new(to))
    }

    /// What it points to, or what its elements are.
    pub(super) fn inner(&self) -> Self {
        match self {
            Self::Pointer(to) | Self::Array(to, _) | Self::Container(to, _) => (**to).clone(),
            Self::Text => Self::CHAR,
            _ => Self::Unknown,
        }
    }

    pub(super) fn is_pointer(&self) -> bool {
        matches!(self, Self::Pointer(_))
    }

    pub(super) fn is_int(&self) -> bool {
        matches!(self, Self::Int { .. })
    }

    /// Objects with parts of their own.
    pub(super) fn is_aggregate(&self) -> bool {
        matches!(
            self,
            Self::Record(_) | Self::Array(..) | Self::Container(..) | Self::Text
        )
    }

    /// The numbers an integer type holds.
    pub(super) fn range(&self) -> Range {
        match self {
            Self::Int {
                bytes,
                signed: true,
            } => {
                let half = 1i128 << (u32::from(*bytes) * 8 - 1);
                Range::new(-half, half - 1)
            }
            Self::Int {
                bytes,
                signed: false,
            } => Range::new(0, (1i128 << (u32::from(*bytes) * 8)) - 1),
            _ => Range::ANY,
        }
    }

    /// The type two operands are converted to.
    pub(super) fn common(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Float(a), Self::Float(b)) => Self::Float(*a.max(b)),
            (Self::Float(_), _) => self.clone(),
            (_, Self::Float(_)) => other.clone(),
            (
                Self::Int {
                    bytes: a,
                    signed: x,
                },
                Self::Int {
                    bytes: b,
                    signed: y,
                },
            ) => {
                let (a_size, b_size) = ((*a).max(4), (*b).max(4));
                let (x, y) = (*x || *a < 4, *y || *b < 4);
                let signed = match a_size.cmp(&b_size) {
                    std::cmp::Ordering::Greater => x,
                    std::cmp::Ordering::Less => y,
                    std::cmp::Ordering::Equal => x && y,
                };
                Self::Int {
                    bytes: a_size.max(b_size),
                    signed,
                }
            }
            (Self::Int { .. }, _) => self.clone(),
            _ => other.clone(),
        }
    }
}

/// A type of the language or the standard libraries by its name.
pub(super) fn known(name: &str) -> Option<Ty> {
    let int = |bytes, signed| Some(Ty::Int { bytes, signed });
    match name {
        "void" | "VOID" => Some(Ty::Void),
        "bool" | "_Bool" => int(1, false),
        "char8_t" | "uint8_t" | "u_char" | "BYTE" | "UCHAR" | "byte" | "uint8" | "u8" => {
            int(1, false)
        }
        "int8_t" | "CHAR" | "int8" => int(1, true),
        "int16_t" | "SHORT" | "int16" => int(2, true),
        "uint16_t" | "WORD" | "USHORT" | "u_short" | "char16_t" | "in_port_t" | "uint16" => {
            int(2, false)
        }
        "int32_t" | "INT" | "BOOL" | "LONG" | "SOCKET" | "pid_t" | "wint_t" | "int32" => {
            int(4, true)
        }
        "wchar_t" | "WCHAR" | "TCHAR" => int(4, true),
        "uint32_t" | "DWORD" | "UINT" | "ULONG" | "u_int" | "socklen_t" | "uid_t" | "gid_t"
        | "mode_t" | "char32_t" | "uint32" | "u_long" => int(4, false),
        "int64_t" | "ssize_t" | "off_t" | "time_t" | "ptrdiff_t" | "intptr_t" | "LONGLONG"
        | "intmax_t" | "__int64" | "SSIZE_T" | "int64" | "streamsize" => int(8, true),
        "uint64_t" | "size_t" | "uintptr_t" | "ULONGLONG" | "SIZE_T" | "uintmax_t" | "DWORD64"
        | "rsize_t" | "uint64" => int(8, false),
        "float" => Some(Ty::Float(4)),
        "double" | "long double" => Some(Ty::Float(8)),
        "string" | "wstring" | "u16string" | "u32string" => Some(Ty::Text),
        "unique_ptr" | "shared_ptr" | "auto_ptr" | "weak_ptr" => Some(Ty::Owner),
        "function" => Some(Ty::Function),
        "HANDLE" | "LPVOID" | "PVOID" | "HKEY" | "HMODULE" | "HINSTANCE" | "SC_HANDLE"
        | "HCRYPTPROV" | "HCRYPTKEY" | "HCRYPTHASH" => Some(Ty::pointer(Ty::Void)),
        "LPSTR" | "LPCSTR" | "PCHAR" => Some(Ty::pointer(Ty::CHAR)),
        "LPWSTR" | "LPCWSTR" | "PWSTR" => Some(Ty::pointer(Ty::WIDE)),
        _ => words(name),
    }
}

/// `unsigned long int` and all its orders.
fn words(name: &str) -> Option<Ty> {
    let (mut signed, mut bytes, mut longs) = (true, None, 0);
    for word in name.split(' ') {
        match word {
            "unsigned" => signed = false,
            "int" | "signed" | "const" | "volatile" | "__signed__" => {}
            "char" => bytes = Some(1),
            "short" => bytes = Some(2),
            "long" => longs += 1,
            "double" => return Some(Ty::Float(8)),
            _ => return None,
        }
    }
    let bytes = bytes.unwrap_or(if longs > 0 { 8 } else { 4 });
    Some(Ty::Int { bytes, signed })
}

/// How a container of this name keeps its elements.
pub(super) fn shape(name: &str) -> Shape {
    match name {
        "vector" => Shape::Row,
        "deque" => Shape::Blocks,
        _ => Shape::Nodes,
    }
}

/// Templates that hold elements.
pub(super) fn is_container(name: &str) -> bool {
    matches!(
        name,
        "vector"
            | "list"
            | "deque"
            | "map"
            | "unordered_map"
            | "multimap"
            | "set"
            | "unordered_set"
            | "multiset"
            | "queue"
            | "stack"
            | "array"
            | "forward_list"
            | "priority_queue"
            | "pair"
            | "optional"
    )
}

#[cfg(test)]
mod tests {
    use super::{Ty, known};

    #[test]
    fn integer_types_have_the_sizes_of_a_64_bit_system() {
        let check = |name: &str, bytes: u8, signed: bool| {
            assert_eq!(known(name), Some(Ty::Int { bytes, signed }), "{name}");
        };
        check("unsigned", 4, false);
        check("long long int", 8, true);
        check("unsigned short", 2, false);
        check("long unsigned int", 8, false);
        check("signed char", 1, true);
        assert_eq!(known("widget"), None);
    }

    #[test]
    fn operands_are_promoted_before_they_meet() {
        let short = known("unsigned short").unwrap();
        assert_eq!(short.common(&Ty::CHAR), Ty::INT);
        let unsigned = known("unsigned").unwrap();
        assert_eq!(Ty::INT.common(&unsigned), unsigned);
        assert_eq!(Ty::INT.common(&Ty::SIZE), Ty::SIZE);
        assert_eq!(Ty::INT.common(&Ty::Float(8)), Ty::Float(8));
    }
}

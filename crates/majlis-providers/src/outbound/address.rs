//! Which addresses are public.
//!
//! Ranges from the IANA special-purpose registries for IPv4 and IPv6 (November 2026).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far an address reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Anywhere on the internet.
    Public,
    /// This machine, its network, or a carrier's or overlay's private network.
    Private,
    /// Reserved, link-local (where clouds keep their metadata), multicast: never a model.
    Special,
}

pub(super) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(inside) => reach_v4(inside),
            None => reach_v6(address),
        },
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (127 | 10, ..) | (192, 168, _) | (172, 16..=31, _) | (100, 64..=127, _) => Reach::Private,
        (0 | 224..=255, ..)
        | (169, 254, _)
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (198, 18 | 19, _)
        | (198, 51, 100)
        | (203, 0, 113) => Reach::Special,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let first = address.segments()[0];
    if address.is_loopback() || first & 0xfe00 == 0xfc00 {
        return Reach::Private;
    }
    // Only 2000::/3 is given out; inside it, documentation and protocol ranges are not.
    let reserved = address.segments()[..2] == [0x2001, 0x0db8]
        || (first == 0x2001 && address.segments()[1] < 0x0200)
        || first == 0x3fff;
    if first & 0xe000 != 0x2000 || reserved {
        return Reach::Special;
    }
    Reach::Public
}

/// The IPv4 address inside an IPv6 one: mapped, compatible, NAT64 (both prefixes) and 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let low = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, a, b]
        | [0x64, 0xff9b, 0, 0, 0, 0, a, b]
        | [0x64, 0xff9b, 1, _, _, _, a, b]
        // 6to4 names the address right behind its prefix.
        | [0x2002, a, b, ..] => Some(low(a, b)),
        // `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, a, b] if a != 0 => Some(low(a, b)),
        _ => None,
    }
}

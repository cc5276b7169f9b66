//! The names by which a server may be called, and the one it tells.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Door;

/// The names of a door whose port is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    /// Values of Host by which a browser reaches us without anybody between.
    pub(crate) own: Vec<String>,
    /// Further ones, which the person named.
    pub(crate) named: Vec<String>,
    /// What to open, without a path: `http://127.0.0.1:7777`.
    pub(crate) url: String,
}

impl Names {
    /// The names of a door that listens at `port`.
    pub(crate) fn new(door: &Door, port: u16) -> Self {
        let hosts = hosts(&door.addresses);
        let own_default = if door.tls.is_some() { 443 } else { 80 };
        let own = hosts
            .iter()
            .flat_map(|host| spellings(host, port, &[own_default]))
            .collect();
        let named = door
            .host_names
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .flat_map(|name| named_spellings(&name, port))
            .collect();
        Self {
            own,
            named,
            url: url(door, &hosts, port),
        }
    }
}

/// How the addresses are written in a URL; a browser on this machine may call loopback by name.
fn hosts(addresses: &[IpAddr]) -> Vec<String> {
    let mut hosts = Vec::new();
    let takes_loopback = |address: &IpAddr| address.is_loopback() || address.is_unspecified();
    if addresses.iter().any(takes_loopback) {
        hosts.extend(["127.0.0.1", "localhost", "[::1]"].map(str::to_owned));
    }
    let others = addresses
        .iter()
        .filter(|address| !address.is_unspecified())
        .map(written);
    for host in others {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

fn written(address: &IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// Browsers leave the port out where it is the one of the scheme.
fn spellings(host: &str, port: u16, defaults: &[u16]) -> Vec<String> {
    let mut spellings = vec![format!("{host}:{port}")];
    if defaults.contains(&port) {
        spellings.push(host.to_owned());
    }
    spellings
}

/// A name without a port is that of a proxy at the port of its scheme, or ours at our own.
fn named_spellings(name: &str, port: u16) -> Vec<String> {
    match port_of(name) {
        Some((host, named_port)) => spellings(host, named_port, &[80, 443]),
        None => vec![name.to_owned(), format!("{name}:{port}")],
    }
}

/// Host and port of `host:port`; `None` where no port is said.
fn port_of(name: &str) -> Option<(&str, u16)> {
    let (host, port) = name.rsplit_once(':')?;
    let is_inside_brackets = port.contains(']');
    (!is_inside_brackets).then_some(())?;
    Some((host, port.parse().ok()?))
}

fn url(door: &Door, hosts: &[String], port: u16) -> String {
    let named = door.host_names.first();
    let (scheme, default) = if door.is_https() {
        ("https", 443)
    } else {
        ("http", 80)
    };
    let host = match named {
        // The proxy's own port, not ours.
        Some(name) if door.is_behind_proxy => return format!("{scheme}://{name}"),
        Some(name) if door.tls.is_some() => name,
        _ => hosts.first().map_or("127.0.0.1", String::as_str),
    };
    if port == default || port_of(host).is_some() {
        format!("{scheme}://{host}")
    } else {
        format!("{scheme}://{host}:{port}")
    }
}

/// Both loopback addresses.
pub(super) const LOOPBACK: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::tests::{identity, token};
    use crate::door::{DoorPlan, TlsPlan};

    #[track_caller]
    fn check(plan: DoorPlan, port: u16, own: &[&str], named: &[&str], url: &str) {
        let known = Names::new(&plan.check().unwrap(), port);
        assert_eq!(known.own, own);
        assert_eq!(known.named, named);
        assert_eq!(known.url, url);
    }

    #[test]
    fn a_server_on_loopback_has_three_names() {
        let own = ["127.0.0.1:7777", "localhost:7777", "[::1]:7777"];
        check(
            DoorPlan::default(),
            7777,
            &own,
            &[],
            "http://127.0.0.1:7777",
        );
    }

    #[test]
    fn browsers_leave_out_the_port_of_the_scheme() {
        let own = [
            "127.0.0.1:80",
            "127.0.0.1",
            "localhost:80",
            "localhost",
            "[::1]:80",
            "[::1]",
        ];
        check(DoorPlan::default(), 80, &own, &[], "http://127.0.0.1");
        let remote = DoorPlan {
            addresses: vec!["192.0.2.7".parse().unwrap()],
            token: Some(token()),
            tls: TlsPlan::Whole(identity()),
            ..DoorPlan::default()
        };
        let own = ["192.0.2.7:443", "192.0.2.7"];
        check(remote.clone(), 443, &own, &[], "https://192.0.2.7");
        check(remote, 80, &["192.0.2.7:80"], &[], "https://192.0.2.7:80");
    }

    #[test]
    fn a_name_is_known_at_its_own_port_or_at_ours() {
        let plan = |names: &[&str]| DoorPlan {
            host_names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..DoorPlan::default()
        };
        let own = ["127.0.0.1:7777", "localhost:7777", "[::1]:7777"];
        for (name, named) in [
            ("Majlis.Lan", vec!["majlis.lan", "majlis.lan:7777"]),
            ("majlis.lan:8080", vec!["majlis.lan:8080"]),
            ("majlis.lan:80", vec!["majlis.lan:80", "majlis.lan"]),
            ("majlis.lan:443", vec!["majlis.lan:443", "majlis.lan"]),
            ("[fd00::7]", vec!["[fd00::7]", "[fd00::7]:7777"]),
            ("[fd00::7]:81", vec!["[fd00::7]:81"]),
        ] {
            check(plan(&[name]), 7777, &own, &named, "http://127.0.0.1:7777");
        }
    }

    #[test]
    fn the_address_that_is_told_is_the_one_browsers_use() {
        let remote = |address: &str, name: &str| DoorPlan {
            addresses: vec![address.parse().unwrap()],
            token: Some(token()),
            tls: TlsPlan::Whole(identity()),
            host_names: vec![name.to_owned()],
            ..DoorPlan::default()
        };
        for (plan, url) in [
            (remote("0.0.0.0", "majlis.lan"), "https://majlis.lan:7777"),
            (
                remote("fd00::7", "majlis.lan:443"),
                "https://majlis.lan:443",
            ),
            (
                DoorPlan {
                    tls: TlsPlan::Absent,
                    behind_proxy: true,
                    ..remote("127.0.0.1", "majlis.example.org")
                },
                "https://majlis.example.org",
            ),
        ] {
            assert_eq!(Names::new(&plan.check().unwrap(), 7777).url, url);
        }
    }
}

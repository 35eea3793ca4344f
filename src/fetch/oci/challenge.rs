//! `WWW-Authenticate`: how a registry wants to be told who asks, and whether a token may be got where it says.

use std::collections::BTreeMap;
use std::net::IpAddr;

use url::{Host, Url};

/// One of the ways that a registry offers.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password.
    Basic,
    /// A token from another server.
    Bearer {
        realm: String,
        service: String,
        /// What the token must be for, if the registry says so.
        scope: Option<String>,
    },
}

/// Reads a header, or several joined by commas. What is not known is passed over.
pub(super) fn read(text: &str) -> Vec<Challenge> {
    let mut challenges: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', ',', '\t']);
        let length = rest.find([' ', '=', ',', '\t']).unwrap_or(rest.len());
        if length == 0 {
            break;
        }
        let (word, after) = rest.split_at(length);
        let Some(value) = after.strip_prefix('=') else {
            challenges.push((word.to_ascii_lowercase(), BTreeMap::new()));
            rest = after;
            continue;
        };
        let (value, after) = quoted(value);
        if let Some((_, parameters)) = challenges.last_mut() {
            parameters.insert(word.to_ascii_lowercase(), value);
        }
        rest = after;
    }
    challenges.into_iter().filter_map(|(scheme, parameters)| known(&scheme, parameters)).collect()
}

fn known(scheme: &str, mut parameters: BTreeMap<String, String>) -> Option<Challenge> {
    match scheme {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer {
            realm: parameters.remove("realm")?,
            service: parameters.remove("service").unwrap_or_default(),
            scope: parameters.remove("scope").filter(|scope| !scope.is_empty()),
        }),
        _ => None,
    }
}

/// A value, in quotes or not, and what stands behind it.
fn quoted(text: &str) -> (String, &str) {
    let Some(inner) = text.strip_prefix('"') else {
        let length = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..length].to_owned(), &text[length..]);
    };
    let mut value = String::new();
    let mut characters = inner.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &inner[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// The address of a realm, if a registry may send us there: to a server with encryption unless it has none itself, and to no
/// machine that only we can reach, unless it is one. Name servers are not asked.
///
/// # Errors
/// Where it is, in words without secrets.
pub(super) fn realm(text: &str, registry: &Url) -> Result<Url, &'static str> {
    let mut realm = Url::parse(text).map_err(|_| "something that is not a URL")?;
    let _ = realm.set_username("");
    let _ = realm.set_password(None);
    realm.set_fragment(None);
    let plain = match realm.scheme() {
        "https" => false,
        "http" => true,
        _ => return Err("something that is not a web server"),
    };
    if plain && registry.scheme() != "http" {
        return Err("a connection without encryption");
    }
    if is_private(&realm) && realm.host() != registry.host() && !is_private(registry) {
        return Err("a machine that only this one can reach");
    }
    Ok(realm)
}

/// This machine, its neighbours on the wire, and where clouds keep what a machine may know.
fn is_private(url: &Url) -> bool {
    match url.host() {
        None => true,
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost") || name == "metadata.google.internal"
        }
        Some(Host::Ipv4(address)) => is_near(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_near(address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4)),
    }
}

fn is_near(address: IpAddr) -> bool {
    let special = match address {
        IpAddr::V4(address) => address.is_link_local() || address.octets() == [100, 100, 100, 200] || address.octets()[0] == 0,
        IpAddr::V6(address) => address.is_unicast_link_local() || address.segments() == [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254],
    };
    special || address.is_loopback() || address.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: &str, scope: Option<&str>) -> Challenge {
        Challenge::Bearer { realm: realm.to_owned(), service: service.to_owned(), scope: scope.map(str::to_owned) }
    }

    #[test]
    fn challenges_are_read_however_they_are_written() {
        let scope = "repository:a/b:pull,push";
        for (text, expected) in [
            (r#"Basic realm="x, y""#, vec![Challenge::Basic]),
            (
                r#"Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push""#,
                vec![bearer("https://a/t", "s", Some(scope))],
            ),
            ("bearer realm=https://a/t, service=s", vec![bearer("https://a/t", "s", None)]),
            (r#"Negotiate, Basic realm="a", Bearer realm="b\"c""#, vec![Challenge::Basic, bearer("b\"c", "", None)]),
            (r#"Bearer service="s""#, vec![]),
            ("", vec![]),
            ("=,=\"", vec![]),
            (r#"Basic realm="open"#, vec![Challenge::Basic]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn tokens_come_from_where_a_registry_may_send_us() {
        let check = |text: &str, registry: &str| realm(text, &Url::parse(registry).unwrap()).map(|url| url.to_string());
        let (public, local) = ("https://registry.example.com", "http://127.0.0.1:5000");
        assert_eq!(check("https://u:p@auth.example.com/t?a=b", public), Ok("https://auth.example.com/t?a=b".to_owned()));
        assert_eq!(check("http://auth.example.com/t", public), Err("a connection without encryption"));
        assert_eq!(check("file:///etc/passwd", public), Err("something that is not a web server"));
        assert_eq!(check("token", public), Err("something that is not a URL"));
        for near in [
            "127.0.0.1",
            "localhost",
            "x.localhost.",
            "169.254.169.254",
            "[::1]",
            "[::ffff:169.254.169.254]",
            "[fe80::1]",
            "0.0.0.0",
        ] {
            assert_eq!(check(&format!("https://{near}/t"), public), Err("a machine that only this one can reach"), "{near}");
            assert!(check(&format!("http://{near}/t"), local).is_ok(), "{near}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(text in "\\PC{0,60}") {
            let _ = read(&text);
            let _ = read(&format!("Bearer realm={text}"));
        }
    }
}

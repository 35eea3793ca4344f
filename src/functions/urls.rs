//! URLs taken apart and put together as Go's `net/url` does, leniently where Go is lenient.

use super::Rules;
use super::addresses::{self, Address};
use crate::gotemplate::{Function, FunctionError, Map, Value, kind_name, quote};
use crate::yaml::Text;

/// The rows of this topic.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    vec![
        Function::pure("urlJoin", move |parts: Map| url_join(&parts, rules.hosts)),
        Function::pure("urlParse", move |text: Text| url_parse(&text, rules.hosts)),
    ]
}

/// How carefully the host of a URL is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Brackets hold an IPv6 address, and an `http` host has one colon at most (Go 1.26).
    Checked,
    /// What stands there is not looked at.
    Free,
}

/// The parts of a URL, decoded.
#[derive(Default)]
struct Url {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    user: Option<(Vec<u8>, Option<Vec<u8>>)>,
    host: Vec<u8>,
    path: Vec<u8>,
    /// The path as it was written.
    raw_path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

/// Reads a URL and gives what [`checks`](super::checks) tells of it.
pub(super) fn parts(text: &[u8]) -> Result<super::checks::Url, String> {
    let url = parse(text, Hosts::Checked)?;
    let is_usual = escaped(&url.path, Place::Path) == url.raw_path;
    let unusual_path = if is_usual { Text::default() } else { url.raw_path.into() };
    let hostname = hostname(&url.host).into();
    Ok(super::checks::Url { is_absolute: !url.scheme.is_empty(), host: url.host.as_slice().into(), hostname, unusual_path })
}

fn url_parse(text: &[u8], hosts: Hosts) -> Result<Map, FunctionError> {
    let url = parse(text, hosts).map_err(|why| FunctionError::from(format!("unable to parse url: {why}")))?;
    let map = Map::new();
    let user = url.user.as_ref().map(userinfo).unwrap_or_default();
    let hostname = hostname(&url.host).to_vec();
    for (key, value) in [
        ("fragment", url.fragment),
        ("host", url.host),
        ("hostname", hostname),
        ("opaque", url.opaque),
        ("path", url.path),
        ("query", url.query),
        ("scheme", url.scheme),
        ("userinfo", user),
    ] {
        map.insert(key.into(), Value::text(value));
    }
    Ok(map)
}

fn url_join(parts: &Map, hosts: Hosts) -> Result<Vec<u8>, FunctionError> {
    let part = |key: &str| match parts.get(key.as_bytes()) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text.to_vec()),
        Some(Value::Nil) => Err(FunctionError::from(super::conversion::NIL_DEREFERENCE)),
        Some(other) => Err(format!("unable to parse {key} key, must be of type string, but {} found", kind_name(&other)).into()),
    };
    let mut url = Url {
        scheme: part("scheme")?,
        host: part("host")?,
        path: part("path")?,
        raw_path: Vec::new(),
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        user: None,
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let with_user = parse(&[b"proto://", &*user, b"@host"].concat(), hosts);
        url.user = with_user.map_err(|why| FunctionError::from(format!("unable to parse userinfo in dict: {why}")))?.user;
    }
    Ok(url.text())
}

/// Where in a URL a text stands: what needs no escape there.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Path,
    User,
    Host,
    Zone,
    Fragment,
}

fn needs_escape(byte: u8, place: Place) -> bool {
    if byte.is_ascii_alphanumeric() {
        return false;
    }
    let free: &[u8] = match place {
        Place::Path => b"-_.~$&+,/:;=@",
        Place::User => b"-_.~$&+,;=",
        Place::Host | Place::Zone => b"-_.~!$&'()*+,;=:[]<>\"",
        Place::Fragment => b"-_.~$&+,/:;=?@!()*",
    };
    !free.contains(&byte)
}

fn escaped(text: &[u8], place: Place) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if needs_escape(byte, place) {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            out.push(byte);
        }
    }
    out
}

fn unescaped(text: &[u8], place: Place) -> Result<Vec<u8>, String> {
    let in_host = matches!(place, Place::Host | Place::Zone);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            if in_host && byte.is_ascii() && needs_escape(byte, place) {
                return Err(format!("invalid character {} in host name", quote(&[byte])));
            }
            out.push(byte);
            rest = after;
            continue;
        }
        let digits = after.get(..2).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        let code = digits.filter(|_| after[0] != b'+');
        let Some(decoded) = code else {
            return Err(format!("invalid URL escape {}", quote(&rest[..rest.len().min(3)])));
        };
        let percent = &rest[..3] == b"%25";
        let refused = match place {
            Place::Host => decoded < 0x80 && !percent,
            Place::Zone => !percent && decoded != b' ' && needs_escape(decoded, Place::Host),
            _ => false,
        };
        if refused {
            return Err(format!("invalid URL escape {}", quote(&rest[..3])));
        }
        out.push(decoded);
        rest = &rest[3..];
    }
    Ok(out)
}

fn cut(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    memchr::memchr(at, text).map_or((text, &[]), |place| (&text[..place], &text[place + 1..]))
}

fn parse(text: &[u8], hosts: Hosts) -> Result<Url, String> {
    let (before, fragment) = cut(text, b'#');
    let mut url = without_fragment(before, hosts).map_err(|why| format!("parse {}: {why}", quote(before)))?;
    url.fragment = unescaped(fragment, Place::Fragment).map_err(|why| format!("parse {}: {why}", quote(text)))?;
    Ok(url)
}

fn without_fragment(text: &[u8], hosts: Hosts) -> Result<Url, String> {
    if text.iter().any(|&byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    if text == b"*" {
        return Ok(Url { path: text.to_vec(), ..Url::default() });
    }
    let (scheme, rest) = scheme(text)?;
    let mut url = Url { scheme: scheme.to_ascii_lowercase(), ..Url::default() };
    let (mut rest, query) = cut(rest, b'?');
    url.query = query.to_vec();
    if !rest.starts_with(b"/") {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_vec();
            return Ok(url);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    if rest.starts_with(b"//") && (!url.scheme.is_empty() || !rest.starts_with(b"///")) {
        let end = memchr::memchr(b'/', &rest[2..]).map_or(rest.len(), |slash| slash + 2);
        url.authority(&rest[2..end], hosts)?;
        rest = &rest[end..];
    }
    url.path = unescaped(rest, Place::Path)?;
    url.raw_path = rest.to_vec();
    Ok(url)
}

fn scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..index], &text[index + 1..])),
            _ => break,
        }
    }
    Ok((&[], text))
}

impl Url {
    fn authority(&mut self, authority: &[u8], hosts: Hosts) -> Result<(), String> {
        let (user, host) = match memchr::memrchr(b'@', authority) {
            Some(at) => (Some(&authority[..at]), &authority[at + 1..]),
            None => (None, authority),
        };
        self.host = checked_host(&self.scheme, host, hosts)?;
        let Some(user) = user else { return Ok(()) };
        if !user.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte)) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        let (name, password) = cut(user, b':');
        let password = user.contains(&b':').then(|| unescaped(password, Place::User)).transpose()?;
        self.user = Some((unescaped(name, Place::User)?, password));
        Ok(())
    }

    /// What `URL.String` gives for a URL that was not parsed.
    fn text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.hierarchy(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend(escaped(&self.fragment, Place::Fragment));
        }
        out
    }

    fn hierarchy(&self, out: &mut Vec<u8>) {
        let has_authority = !self.host.is_empty() || self.user.is_some();
        if has_authority || (!self.scheme.is_empty() && !self.path.is_empty()) {
            out.extend_from_slice(b"//");
        }
        if let Some(user) = &self.user {
            out.extend(userinfo(user));
            out.push(b'@');
        }
        out.extend(escaped(&self.host, Place::Host));
        let path = if self.path == b"*" { b"*".to_vec() } else { escaped(&self.path, Place::Path) };
        if !path.is_empty() && !path.starts_with(b"/") && !self.host.is_empty() {
            out.push(b'/');
        }
        if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend(path);
    }
}

fn userinfo((name, password): &(Vec<u8>, Option<Vec<u8>>)) -> Vec<u8> {
    let mut out = escaped(name, Place::User);
    if let Some(password) = password {
        out.push(b':');
        out.extend(escaped(password, Place::User));
    }
    out
}

fn is_port(text: &[u8]) -> bool {
    text.strip_prefix(b":").map_or(text.is_empty(), |digits| digits.iter().all(u8::is_ascii_digit))
}

/// The host without port and brackets.
fn hostname(host: &[u8]) -> &[u8] {
    let host = memchr::memrchr(b':', host).filter(|&colon| is_port(&host[colon..])).map_or(host, |colon| &host[..colon]);
    host.strip_prefix(b"[").and_then(|inside| inside.strip_suffix(b"]")).unwrap_or(host)
}

fn checked_host(scheme: &[u8], host: &[u8], hosts: Hosts) -> Result<Vec<u8>, String> {
    let checked = hosts == Hosts::Checked;
    let bad_port = |port: &[u8]| format!("invalid port {} after host", quote(port));
    match memchr::memrchr(b'[', host) {
        Some(0) => return bracketed_host(host, checked),
        Some(_) if checked => return Err("invalid IP-literal".to_owned()),
        _ => {}
    }
    let strict = checked && matches!(scheme, b"http" | b"https");
    let colon = if strict { memchr::memchr(b':', host) } else { memchr::memrchr(b':', host) };
    if let Some(colon) = colon.filter(|&colon| !is_port(&host[colon..])) {
        return Err(bad_port(&host[colon..]));
    }
    unescaped(host, Place::Host)
}

fn bracketed_host(host: &[u8], checked: bool) -> Result<Vec<u8>, String> {
    let Some(close) = memchr::memrchr(b']', host) else { return Err("missing ']' in host".to_owned()) };
    let port = &host[close + 1..];
    if !is_port(port) {
        return Err(format!("invalid port {} after host", quote(port)));
    }
    let inside = &host[1..close];
    let zone = memchr::memmem::find(inside, b"%25").unwrap_or(inside.len());
    let mut address = unescaped(&inside[..zone], Place::Host)?;
    address.extend(unescaped(&inside[zone..], Place::Zone)?);
    if checked {
        check_ipv6(&address)?;
    }
    Ok([b"[", &*address, b"]", port].concat())
}

fn check_ipv6(address: &[u8]) -> Result<(), String> {
    match addresses::parse(address) {
        Ok(Address::V6) => Ok(()),
        Ok(Address::V4) => Err("invalid IP-literal".to_owned()),
        Err(why) => Err(format!("invalid host: {why}")),
    }
}

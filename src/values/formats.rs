//! The formats that Helm's schema engine asserts, with its verdicts and its words.
//!
//! The engine's own reading of the standards is what counts: four numbers of `ipv4` may have a plus, and a `uri` is what Go takes
//! for one.

use std::error::Error;

use serde_json::Value as Json;

use super::patterns;
use crate::functions::checks;
use crate::gotemplate;

type Verdict = Result<(), String>;

/// A format's name and its check, which lets pass whatever is no text.
pub(super) type Row = (&'static str, fn(&Json) -> Result<(), Box<dyn Error>>);

macro_rules! rows {
    ($($name:expr => $check:path,)*) => {
        &[$(($name, |value| match value {
            Json::String(text) => Ok($check(text)?),
            _ => Ok(()),
        })),*]
    };
}

/// All formats. What Helm's engine does not know as one, it does not assert.
pub(super) const ALL: &[Row] = rows! {
    "date" => date,
    "date-time" => date_time,
    "duration" => duration,
    "email" => email,
    "hostname" => hostname,
    "idn-email" => anything,
    "idn-hostname" => anything,
    "ipv4" => ipv4,
    "ipv6" => ipv6,
    "iri" => uri,
    "iri-reference" => uri_reference,
    "json-pointer" => json_pointer,
    "period" => period,
    patterns::FORMAT => regex,
    "relative-json-pointer" => relative_json_pointer,
    "semver" => semver,
    "time" => time,
    "uri" => uri,
    "uri-reference" => uri_reference,
    "uri-template" => uri_template,
    "uuid" => uuid,
};

fn refuse(why: impl Into<String>) -> Verdict {
    Err(why.into())
}

#[allow(clippy::unnecessary_wraps, reason = "a row of the table")]
fn anything(_: &str) -> Verdict {
    Ok(())
}

fn shown(character: char) -> String {
    gotemplate::sprintf(b"%q", &[gotemplate::Value::int64(i64::from(u32::from(character)))]).to_string()
}

fn in_context(context: &str, verdict: Verdict) -> Verdict {
    verdict.map_err(|why| format!("{context}: {why}"))
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// `strconv.Atoi`.
fn number(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let failed = |why: &str| format!("strconv.Atoi: parsing {}: {why}", gotemplate::quote(text.as_bytes()));
    if digits.is_empty() || leading_digits(digits) != digits.len() {
        return Err(failed("invalid syntax"));
    }
    text.parse().map_err(|_| failed("value out of range"))
}

fn json_pointer(text: &str) -> Verdict {
    if text.is_empty() {
        return Ok(());
    }
    let Some(tokens) = text.strip_prefix('/') else { return refuse("not starting with /") };
    for token in tokens.split('/') {
        // What follows the first tilde begins the second piece.
        let mut rest = token;
        while let Some((_, after)) = rest.split_once('~') {
            match after.strip_prefix(['0', '1']) {
                Some(after) => rest = after,
                None => return refuse("~ must be followed by 0 or 1"),
            }
        }
    }
    Ok(())
}

fn relative_json_pointer(text: &str) -> Verdict {
    match leading_digits(text) {
        0 => refuse("must start with non-negative integer"),
        2.. if text.starts_with('0') => refuse("starts with zero"),
        digits if &text[digits..] == "#" => Ok(()),
        digits => json_pointer(&text[digits..]),
    }
}

fn uuid(text: &str) -> Verdict {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<_> = text.split('-').collect();
    if groups.len() != LENGTHS.len() {
        return refuse("must have 5 elements");
    }
    for (index, (group, length)) in groups.iter().zip(LENGTHS).enumerate() {
        if group.len() != length {
            return refuse(format!("element {} must be {length} characters long", index + 1));
        }
        if let Some(other) = group.chars().find(|character| !character.is_ascii_hexdigit()) {
            return refuse(format!("non-hex character {}", shown(other)));
        }
    }
    Ok(())
}

fn duration(text: &str) -> Verdict {
    let Some(text) = text.strip_prefix('P') else { return refuse("must start with P") };
    if text.is_empty() {
        return refuse("nothing after P");
    }
    if let Some(weeks) = text.strip_suffix('W') {
        return match leading_digits(weeks) {
            0 if weeks.is_empty() => refuse("no number in week"),
            digits if digits < weeks.len() => refuse("invalid week"),
            _ => Ok(()),
        };
    }
    for (index, part) in text.split('T').enumerate() {
        if index > 0 && part.is_empty() {
            return refuse("no time elements");
        }
        match index {
            0 => elements(part, "YMD")?,
            1 => elements(part, "HMS")?,
            _ => return refuse("more than one T"),
        }
    }
    Ok(())
}

/// Numbers with units, each at most once and in this order.
fn elements(mut text: &str, units: &str) -> Verdict {
    let mut left = units.as_bytes();
    while !text.is_empty() {
        let digits = leading_digits(text);
        if digits == 0 {
            return refuse("missing number");
        }
        let Some(&unit) = text.as_bytes().get(digits) else { return refuse("missing unit") };
        let Some(place) = left.iter().position(|&one| one == unit) else {
            let shown = shown(char::from(unit));
            let is_late = units.as_bytes().contains(&unit);
            return refuse(if is_late { format!("unit {shown} out of order") } else { format!("invalid unit {shown}") });
        };
        left = &left[place + 1..];
        text = &text[digits + 1..];
    }
    Ok(())
}

fn period(text: &str) -> Verdict {
    let Some((start, end)) = text.split_once('/') else { return refuse("missing slash") };
    if start.starts_with('P') {
        in_context("invalid start duration", duration(start))?;
        return in_context("invalid end date-time", date_time(end));
    }
    in_context("invalid start date-time", date_time(start))?;
    if end.starts_with('P') {
        in_context("invalid end duration", duration(end))
    } else {
        in_context("invalid end date-time", date_time(end))
    }
}

fn ipv4(text: &str) -> Verdict {
    let groups: Vec<_> = text.split('.').collect();
    if groups.len() != 4 {
        return refuse("expected four decimals");
    }
    for group in groups {
        if group.len() > 1 && group.starts_with('0') {
            return refuse("leading zeros");
        }
        if !(0..=255).contains(&number(group)?) {
            return refuse("decimal must be between 0 and 255");
        }
    }
    Ok(())
}

fn ipv6(text: &str) -> Verdict {
    if !text.contains(':') {
        return refuse("missing colon");
    }
    checks::ipv6(text.as_bytes())?;
    if text.contains('%') { refuse("zone id is not a part of ipv6 address") } else { Ok(()) }
}

fn hostname(text: &str) -> Verdict {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return refuse("more than 253 characters long");
    }
    for label in text.split('.') {
        if label.is_empty() || label.len() > 63 {
            return refuse("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return refuse("label starts with hyphen");
        }
        if label.ends_with('-') {
            return refuse("label ends with hyphen");
        }
        if let Some(other) = label.chars().find(|&character| !character.is_ascii_alphanumeric() && character != '-') {
            return refuse(format!("invalid character {}", shown(other)));
        }
    }
    Ok(())
}

fn email(text: &str) -> Verdict {
    if text.len() > 254 {
        return refuse("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return refuse("missing @") };
    if local.len() > 64 {
        return refuse("local part more than 64 characters long");
    }
    match local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) if quoted.contains(['\\', '"']) => {
            return refuse("backslash and quote are not allowed within quoted local part");
        }
        Some(_) => {}
        None => unquoted(local)?,
    }
    if let Some(address) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match address.strip_prefix("IPv6:") {
            Some(address) => in_context("invalid ipv6 address", ipv6(address)),
            None => in_context("invalid ipv4 address", ipv4(address)),
        };
    }
    in_context("invalid domain", hostname(domain))
}

/// The part of an address before the `@`, without quotes.
fn unquoted(local: &str) -> Verdict {
    if local.starts_with('.') {
        return refuse("starts with dot");
    }
    if local.ends_with('.') {
        return refuse("ends with dot");
    }
    if local.contains("..") {
        return refuse("consecutive dots");
    }
    let is_known = |character: char| character.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(character);
    match local.chars().find(|&character| !is_known(character)) {
        Some(other) => refuse(format!("invalid character {}", shown(other))),
        None => Ok(()),
    }
}

fn date(text: &str) -> Verdict {
    checks::time("2006-01-02", text.as_bytes())
}

fn time(text: &str) -> Verdict {
    let bytes = text.as_bytes();
    if bytes.len() < 9 {
        return refuse("less than 9 characters long");
    }
    if bytes[2] != b':' || bytes[5] != b':' {
        return refuse("missing colon in correct place");
    }
    // A letter of several bytes that is cut is no number either.
    let Some((clock, rest)) = text.split_at_checked(8) else { return refuse("invalid hour/min/sec") };
    let mut numbers = [0; 3];
    for (number, part) in numbers.iter_mut().zip(clock.split(':')) {
        *number = self::number(part).map_err(|_| "invalid hour/min/sec".to_owned())?;
        if *number < 0 {
            return refuse("non-positive hour/min/sec");
        }
    }
    let [hour, minute, second] = numbers;
    if hour > 23 || minute > 59 || second > 60 {
        return refuse("hour/min/sec out of range");
    }
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => match leading_digits(fraction) {
            0 => return refuse("no digits in second fraction"),
            digits => &fraction[digits..],
        },
        None => rest,
    };
    let minutes = (hour * 60 + minute - offset(zone)?).rem_euclid(24 * 60);
    if second >= 60 && minutes != 23 * 60 + 59 { refuse("invalid leap second") } else { Ok(()) }
}

/// The minutes that a time zone is ahead.
fn offset(zone: &str) -> Result<i64, String> {
    if matches!(zone, "z" | "Z") {
        return Ok(0);
    }
    if zone.len() != 6 {
        return Err("offset must be 6 characters long".to_owned());
    }
    let sign = match zone.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return Err("offset must begin with plus/minus".to_owned()),
    };
    if zone.as_bytes()[3] != b':' {
        return Err("missing colon in offset in correct place".to_owned());
    }
    let (hours, minutes) = zone[1..].split_once(':').unwrap_or_default();
    let mut numbers = [0; 2];
    for (number, part) in numbers.iter_mut().zip([hours, minutes]) {
        *number = self::number(part).map_err(|_| "invalid hour/min in offset".to_owned())?;
        if *number < 0 {
            return Err("non-positive hour/min in offset".to_owned());
        }
    }
    let [hours, minutes] = numbers;
    if hours > 23 || minutes > 59 {
        return Err("hour/min in offset out of range".to_owned());
    }
    Ok(sign * (hours * 60 + minutes))
}

fn date_time(text: &str) -> Verdict {
    if text.len() < 20 {
        return refuse("less than 20 characters long");
    }
    let (Some(date), Some(time)) = (text.get(..10), text.get(11..)) else {
        return refuse("11th character must be t or T");
    };
    if !matches!(text.as_bytes()[10], b't' | b'T') {
        return refuse("11th character must be t or T");
    }
    in_context("invalid date element", self::date(date))?;
    in_context("invalid time element", self::time(time))
}

fn url(text: &str) -> Result<checks::Url, String> {
    let url = checks::url(text.as_bytes())?;
    let hostname = url.hostname.to_lossy();
    if hostname.contains(':') {
        let host = url.host.to_lossy();
        if !host.contains('[') || !host.contains(']') {
            return Err("ipv6 address not enclosed in brackets".to_owned());
        }
        in_context("invalid ipv6 address", ipv6(&hostname))?;
    }
    Ok(url)
}

fn uri(text: &str) -> Verdict {
    if url(text)?.is_absolute { Ok(()) } else { refuse("relative url") }
}

fn uri_reference(text: &str) -> Verdict {
    if text.contains('\\') {
        return refuse("contains \\");
    }
    url(text).map(drop)
}

fn uri_template(text: &str) -> Verdict {
    let path = url(text)?.unusual_path;
    for part in path.split(|&byte| byte == b'/') {
        let mut is_open = false;
        for brace in percent_decoded(part).into_iter().filter(|byte| matches!(byte, b'{' | b'}')) {
            if (brace == b'{') == is_open {
                return refuse("nested curly braces");
            }
            is_open = !is_open;
        }
        if is_open {
            return refuse("no matching closing brace");
        }
    }
    Ok(())
}

/// The bytes of a path in which Go found no wrong escape.
fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    decoded
}

fn regex(text: &str) -> Verdict {
    checks::pattern(text.as_bytes()).map(drop)
}

fn semver(text: &str) -> Verdict {
    let (text, build) = text.split_once('+').map_or((text, None), |(before, build)| (before, Some(build)));
    if let Some(build) = build {
        if build.is_empty() {
            return refuse("build is empty");
        }
        build.split('.').try_for_each(|part| identifier(part, "build"))?;
    }
    let (core, prerelease) = text.split_once('-').map_or((text, None), |(core, rest)| (core, Some(rest)));
    for part in prerelease.iter().flat_map(|prerelease| prerelease.split('.')) {
        identifier(part, "pre-release")?;
        if part.len() > 1 && part.starts_with('0') && leading_digits(part) == part.len() {
            return refuse("pre-release numeric identifier starts with zero");
        }
    }
    let numbers: Vec<_> = core.split('.').collect();
    if numbers.len() != 3 {
        return refuse("versionCore must have 3 numbers separated by dot");
    }
    for (name, number) in ["major", "minor", "patch"].into_iter().zip(numbers) {
        if number.is_empty() {
            return refuse(format!("{name} is empty"));
        }
        if number.len() > 1 && number.starts_with('0') {
            return refuse(format!("{name} starts with zero"));
        }
        if leading_digits(number) != number.len() {
            return refuse(format!("{name} contains non-digit"));
        }
    }
    Ok(())
}

fn identifier(part: &str, of: &str) -> Verdict {
    if part.is_empty() {
        return refuse(format!("{of} identifier is empty"));
    }
    match part.chars().find(|&character| !character.is_ascii_alphanumeric() && character != '-') {
        Some(other) => refuse(format!("invalid character {} in {of} identifier", shown(other))),
        None => Ok(()),
    }
}

//! The lock's bytes, by hand, so that every one of them is decided here: one field a line, a fixed order of fields, texts
//! quoted by one rule. Equal locks have equal bytes everywhere.

use std::fmt::{self, Formatter, Write as _};

use super::{Lockfile, Pin, format, order};

const HEADER: &str = "# helmfile.lock: written by helmlock. Do not edit: run `helmlock resolve`.";

/// The bytes of the file, in the newest format.
impl fmt::Display for Lockfile {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(out, "{HEADER}\nversion: {}", format::NEWEST)?;
        if let Some(render) = &self.render {
            writeln!(out, "render:")?;
            fields(out, "  ", &[("helm", Some(&render.helm)), ("kubeVersion", Some(&render.kube_version))])?;
            if !render.by_helm.is_empty() {
                list(out, "", "byHelm", render.by_helm.iter().map(String::as_str))?;
            }
        }
        out.write_str(if self.dependencies.is_empty() { "dependencies: []\n" } else { "dependencies:\n" })?;
        self.dependencies.iter().try_for_each(|pin| print_pin(out, "", pin))?;
        section(out, "local", &self.local, |out, chart| {
            writeln!(out, "- path: {}", Scalar(chart.path.as_str()))?;
            if !chart.dependencies.is_empty() {
                writeln!(out, "  dependencies:")?;
            }
            chart.dependencies.iter().try_for_each(|pin| print_pin(out, "  ", pin))?;
            if !chart.archives.is_empty() {
                writeln!(out, "  archives:")?;
            }
            chart.archives.iter().try_for_each(|archive| {
                let digest = archive.digest.to_string();
                entry(out, "  ", ("file", archive.file.as_str()), &[("digest", Some(&digest))])
            })
        })?;
        section(out, "git", &self.git, |out, pin| {
            let (repository, digest) = (pin.repository.to_string(), pin.digest.to_string());
            let path = ("path", Some(pin.path.as_str()));
            let rest = [path, ("ref", Some(&pin.reference)), ("commit", Some(&pin.commit)), ("digest", Some(&digest))];
            entry(out, "", ("repository", &repository), &rest)
        })?;
        section(out, "files", &self.files, |out, file| {
            let digest = file.digest.to_string();
            let purpose = file.of_schema.then_some("schemas");
            let rest = [("commit", file.commit.as_deref()), ("digest", Some(&digest)), ("for", purpose)];
            entry(out, "", ("url", &file.url), &rest)
        })
    }
}

/// The lock of one state file in helmfile's own format, with these pins in the order in which helmfile finds the right one.
/// The version of helmfile stays as `before` has it; its digest and its date would be of what it wrote.
pub fn helmfiles_text(before: &str, mut pins: Vec<Pin>) -> String {
    order::sort(&mut pins);
    let mut text =
        before.lines().filter(|line| line.starts_with("version:")).map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
    text.push_str(if pins.is_empty() { "dependencies: []\n" } else { "dependencies:\n" });
    for Pin { content, .. } in &pins {
        let (name, source, version) = (content.chart.name(), content.chart.source().to_string(), content.version.original());
        // Writing to a string cannot fail.
        let _written =
            writeln!(text, "- name: {}\n  repository: {}\n  version: {}", Scalar(name), Scalar(&source), Scalar(version));
    }
    text
}

fn print_pin(out: &mut Formatter<'_>, indentation: &str, pin: &Pin) -> fmt::Result {
    let content = &pin.content;
    let (source, digest) = (content.chart.source().to_string(), content.digest.to_string());
    let manifest = content.oci_manifest.map(|digest| digest.to_string());
    let claimed = content.index_digest.map(|digest| digest.to_string());
    let files = content.files_digest.map(|digest| digest.to_string());
    let rest = [
        ("repository", Some(source.as_str())),
        ("version", Some(content.version.original())),
        ("digest", Some(&digest)),
        ("ociManifest", manifest.as_deref()),
        ("indexDigest", claimed.as_deref()),
        ("filesDigest", files.as_deref()),
        ("url", content.url.as_deref()),
        ("appVersion", content.app_version.as_deref()),
    ];
    entry(out, indentation, ("name", content.chart.name()), &rest)?;
    list(out, indentation, "wants", pin.wants.iter().map(crate::version::Constraint::original))?;
    if pin.environments.is_empty() {
        return Ok(());
    }
    list(out, indentation, "environments", pin.environments.iter().map(String::as_str))
}

fn section<T>(
    out: &mut Formatter<'_>,
    name: &str,
    items: &[T],
    print: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "{name}:")?;
    items.iter().try_for_each(|item| print(out, item))
}

fn entry(out: &mut Formatter<'_>, indentation: &str, first: (&str, &str), rest: &[(&str, Option<&str>)]) -> fmt::Result {
    writeln!(out, "{indentation}- {}: {}", first.0, Scalar(first.1))?;
    fields(out, &format!("{indentation}  "), rest)
}

fn fields<T: AsRef<str>>(out: &mut Formatter<'_>, indentation: &str, fields: &[(&str, Option<T>)]) -> fmt::Result {
    let given = fields.iter().filter_map(|(name, text)| Some((name, text.as_ref()?)));
    given.into_iter().try_for_each(|(name, text)| writeln!(out, "{indentation}{name}: {}", Scalar(text.as_ref())))
}

fn list<'a>(out: &mut Formatter<'_>, indentation: &str, name: &str, items: impl Iterator<Item = &'a str>) -> fmt::Result {
    write!(out, "{indentation}  {name}: [")?;
    for (index, item) in items.enumerate() {
        write!(out, "{}{}", if index == 0 { "" } else { ", " }, Scalar(item))?;
    }
    writeln!(out, "]")
}

/// A text that every YAML reader takes for that very text: plain where there can be no doubt, else in double quotes.
pub(super) struct Scalar<'a>(pub(super) &'a str);

impl Scalar<'_> {
    /// Letters, digits and a few signs; no word or number that some YAML gives a meaning of its own. What starts with a
    /// digit is no number if it has two dots.
    pub(super) fn is_plain(&self) -> bool {
        const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
        let text = self.0;
        let sign =
            |byte| matches!(byte, b'.' | b'_' | b'/' | b':' | b'@' | b'+' | b'~' | b'^' | b'%' | b'=' | b'?' | b'&' | b'-');
        let starts = match text.as_bytes() {
            [first, ..] if first.is_ascii_alphabetic() => !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)),
            [first, ..] if first.is_ascii_digit() => text.matches('.').count() > 1 && !text.contains(':'),
            [b'~' | b'^', second, ..] => second.is_ascii_digit(),
            _ => false,
        };
        starts && !text.ends_with(':') && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || sign(byte))
    }
}

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_plain() {
            return f.write_str(self.0);
        }
        f.write_char('"')?;
        for c in self.0.chars() {
            match (c, u32::from(c)) {
                ('"' | '\\', _) => write!(f, "\\{c}")?,
                (' '..='~', _) => f.write_char(c)?,
                // Escaped, so that a reviewer sees what is there: look-alikes and characters that change direction.
                (_, code @ ..0x1_0000) => write!(f, "\\u{code:04x}")?,
                (_, code) => write!(f, "\\U{code:08x}")?,
            }
        }
        f.write_char('"')
    }
}

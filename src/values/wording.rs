//! What Helm says of values that break a schema: the tree of the schema engine's errors, in Helm's words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use boon::{ErrorKind, InstanceLocation, InstanceToken, ValidationError};
use serde_json::{Number, Value as Json};

use super::numbers::{self, Numbers};
use super::patterns;
use crate::functions::{Decimal, checks};
use crate::gotemplate::{self, Value};

/// What was written where the schema engine saw something else.
pub(super) struct Written<'a> {
    /// The schemas by their addresses, their numbers marked.
    pub(super) schemas: BTreeMap<&'a str, Json>,
    pub(super) values: &'a Json,
    /// None if it is a schema that is checked, whose numbers stand in it as they are.
    pub(super) numbers: Option<&'a Numbers>,
}

impl Written<'_> {
    /// What stands under a keyword of the schema at a location.
    fn keyword(&self, location: &str, keyword: &str) -> Option<&Json> {
        let (address, pointer) = location.split_once('#').unwrap_or((location, ""));
        self.schemas.get(address)?.pointer(&decoded(pointer))?.get(keyword)
    }

    /// How many schemas the list under a keyword has.
    fn length(&self, location: &str, keyword: &str) -> usize {
        self.keyword(location, keyword).and_then(Json::as_array).map_or(0, Vec::len)
    }

    fn number(&self, rank: &Number) -> f64 {
        let number = self.numbers.and_then(|numbers| numbers.of_rank(rank));
        number.map_or_else(|| rank.as_f64().unwrap_or_default(), Decimal::to_float)
    }

    /// What a value should be a multiple of, and the value, if that is why an error says `not`.
    fn multiple(&self, error: &ValidationError<'_, '_>) -> Option<(f64, f64)> {
        let wanted = numbers::number(self.keyword(error.schema_url, "multipleOf")?)?;
        let place = error.instance_location.tokens.iter().try_fold(self.values, |value, token| match token {
            InstanceToken::Prop(name) => value.get(&**name),
            InstanceToken::Item(index) => value.get(index),
        });
        let Json::Number(rank) = place? else { return None };
        let number = self.numbers?.of_rank(rank)?;
        (!number.is_multiple_of(&wanted)).then(|| (number.to_float(), wanted.to_float()))
    }
}

/// All that is below a validation error, one line each, indented by its depth.
///
/// Ours leaves links out that Helm's has: where one alternative of several, or the only one, fails, and where a schema under them
/// has several errors and is at once that of a whole document or reference. They follow from the locations of the schemas.
pub(super) fn tree(error: &ValidationError<'_, '_>, written: &Written<'_>) -> String {
    let mut printer = Printer { written, text: String::new() };
    let tokens = error.instance_location.tokens.clone();
    let branches = printer.below(&Above { schema: error.schema_url, kind: &error.kind, tokens }, error);
    printer.branches(&branches, 0, 0);
    printer.text
}

struct Printer<'a> {
    written: &'a Written<'a>,
    text: String,
}

/// What an error stands below.
struct Above<'a> {
    /// The location of the schema that was applied.
    schema: &'a str,
    kind: &'a ErrorKind<'a, 'a>,
    /// Where in the values.
    tokens: Vec<InstanceToken<'a>>,
}

/// An error, where it is, and how its schema is reached from that above it.
struct Branch<'a> {
    error: &'a ValidationError<'a, 'a>,
    tokens: Vec<InstanceToken<'a>>,
    steps: Vec<Step>,
}

#[derive(PartialEq)]
struct Step {
    /// The location of its schema.
    schema: String,
    /// Where in the values.
    place: String,
    /// What Helm says of it, if that is a line of its own.
    message: Option<&'static str>,
}

impl Branch<'_> {
    fn link(&self, index: usize) -> Option<&Step> {
        self.steps.iter().filter(|step| step.message.is_some()).nth(index)
    }
}

impl Printer<'_> {
    fn below<'e>(&self, above: &Above<'e>, error: &'e ValidationError<'e, 'e>) -> Vec<Branch<'e>> {
        error.causes.iter().map(|cause| self.branch(above, cause)).collect()
    }

    /// Prints branches, whose first `known` links were printed.
    fn branches(&mut self, mut branches: &[Branch<'_>], known: usize, indent: usize) {
        while let [first, ..] = branches {
            let Some(link) = first.link(known) else {
                self.one(first, indent);
                branches = &branches[1..];
                continue;
            };
            let together = branches.iter().take_while(|branch| branch.link(known) == Some(link)).count();
            self.line(indent, &link.place, link.message.unwrap_or_default());
            let is_group = together > 1 && !branches[..together].iter().all(|branch| is_like(branch, first, known + 1));
            if is_group {
                self.line(indent + 1, &meeting(&branches[..together]), "validation failed");
            }
            self.branches(&branches[..together], known + 1, indent + if is_group { 2 } else { 1 });
            branches = &branches[together..];
        }
    }

    fn one(&mut self, branch: &Branch<'_>, indent: usize) {
        let Branch { error, tokens, .. } = branch;
        let (schema, tokens) = match &error.kind {
            ErrorKind::Reference { url, .. } => (*url, tokens.clone()),
            // The name is a value of its own.
            ErrorKind::PropertyName { .. } => (error.schema_url, Vec::new()),
            _ => (error.schema_url, tokens.clone()),
        };
        let below = self.below(&Above { schema, kind: &error.kind, tokens }, error);
        let is_one = match &below[..] {
            [] => false,
            [first, others @ ..] => others.iter().all(|other| is_like(other, first, 0)),
        };
        if is_one && matches!(error.kind, ErrorKind::Reference { .. }) {
            return self.branches(&below, 0, indent);
        }
        self.line(indent, &place(&branch.tokens), &message(error, self.written));
        self.branches(&below, 0, indent + 1);
    }

    fn line(&mut self, indent: usize, place: &str, message: &str) {
        let _ = writeln!(self.text, "{:indent$}- at {}: {message}", "", quote(place), indent = indent * 2);
    }

    /// Follows the keywords from one schema to that of an error.
    fn branch<'e>(&self, above: &Above<'e>, error: &'e ValidationError<'e, 'e>) -> Branch<'e> {
        let is_name = matches!(error.kind, ErrorKind::PropertyName { .. });
        // Ours has lost where the object is whose property has a wrong name.
        let tokens = if is_name { above.tokens.clone() } else { error.instance_location.tokens.clone() };
        let mut branch = Branch { error, tokens, steps: Vec::new() };
        let Some(path) = error.schema_url.strip_prefix(above.schema) else { return branch };
        let mut depth = above.tokens.len();
        branch.tokens.iter_mut().zip(&above.tokens).for_each(|(token, above)| *token = above.clone());
        let mut at = above.schema.to_owned();
        let mut parts = path.split('/').skip(1).peekable();
        while let Some(keyword) = parts.next() {
            let schema = at.clone();
            at = format!("{at}/{keyword}");
            let is_listed = parts.peek().is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            let name = parts.next_if(|_| has_name(keyword) || (keyword == "items" && is_listed));
            if let Some(name) = name {
                at = format!("{at}/{name}");
            }
            if goes_down(keyword) {
                if is_name {
                    branch.tokens.push(InstanceToken::from(unescaped(name.unwrap_or_default())));
                } else if let (Some(InstanceToken::Item(item)), None) = (branch.tokens.get_mut(depth), name) {
                    // Ours counts these from where the listed ones end.
                    *item += match keyword {
                        "items" => self.written.length(&schema, "prefixItems"),
                        "additionalItems" => self.written.length(&schema, "items"),
                        _ => 0,
                    };
                }
                depth += 1;
            }
            let message = choice_of(keyword).filter(|_| schema != above.schema || !is_choice(above.kind));
            branch.steps.push(Step {
                schema: at.clone(),
                place: place(&branch.tokens[..depth.min(branch.tokens.len())]),
                message,
            });
        }
        branch
    }
}

/// Whether two branches have the same link there.
fn is_like(one: &Branch<'_>, other: &Branch<'_>, link: usize) -> bool {
    one.link(link).is_some() && one.link(link) == other.link(link)
}

/// The place of the last schema that all these branches go through.
fn meeting(branches: &[Branch<'_>]) -> String {
    let [first, others @ ..] = branches else { return String::new() };
    let common = first
        .steps
        .iter()
        .enumerate()
        .take_while(|(index, step)| others.iter().all(|other| other.steps.get(*index) == Some(step)));
    common.last().map(|(_, step)| step.place.clone()).unwrap_or_default()
}

/// What Helm says of a keyword all of whose alternatives fail.
fn choice_of(keyword: &str) -> Option<&'static str> {
    match keyword {
        "allOf" => Some("'allOf' failed"),
        "anyOf" => Some("'anyOf' failed"),
        "oneOf" => Some("'oneOf' failed, none matched"),
        _ => None,
    }
}

fn is_choice(kind: &ErrorKind<'_, '_>) -> bool {
    matches!(kind, ErrorKind::AllOf | ErrorKind::AnyOf | ErrorKind::OneOf(_))
}

/// Whether there are several schemas under a keyword, each with a name or a number.
fn has_name(keyword: &str) -> bool {
    matches!(
        keyword,
        "properties" | "patternProperties" | "dependentSchemas" | "dependencies" | "prefixItems" | "allOf" | "anyOf" | "oneOf"
    )
}

/// Whether the schema under a keyword is for what is in a value, not for the value itself.
fn goes_down(keyword: &str) -> bool {
    matches!(
        keyword,
        "properties"
            | "patternProperties"
            | "additionalProperties"
            | "unevaluatedProperties"
            | "items"
            | "prefixItems"
            | "additionalItems"
            | "unevaluatedItems"
            | "contains"
    )
}

/// A name as it was before it became part of a location.
fn unescaped(name: &str) -> String {
    decoded(&name.replace("~1", "/").replace("~0", "~"))
}

/// A part of an address as it was before that took it.
fn decoded(part: &str) -> String {
    url::form_urlencoded::parse(format!("={}", part.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .next()
        .map_or_else(|| part.to_owned(), |(_, value)| value.into_owned())
}

fn place(tokens: &[InstanceToken<'_>]) -> String {
    // A schema that is no schema is a value, in which patterns were replaced.
    let as_written = |token: &InstanceToken<'_>| match token {
        InstanceToken::Prop(name) => InstanceToken::from(patterns::original(name).unwrap_or_else(|| name.to_string())),
        InstanceToken::Item(item) => InstanceToken::Item(*item),
    };
    InstanceLocation { tokens: tokens.iter().map(as_written).collect() }.to_string()
}

fn message(error: &ValidationError<'_, '_>, written: &Written<'_>) -> String {
    match &error.kind {
        ErrorKind::Group | ErrorKind::Reference { .. } | ErrorKind::Schema { .. } => "validation failed".to_owned(),
        ErrorKind::ContentSchema => "contentSchema failed".to_owned(),
        ErrorKind::PropertyName { prop } => {
            format!("invalid propertyName {}", quote(&patterns::original(prop).unwrap_or_else(|| prop.clone())))
        }
        ErrorKind::RefCycle { url, kw_loc1, kw_loc2 } => {
            format!("both {kw_loc1} and {kw_loc2} resolve to {url:?} causing reference cycle")
        }
        ErrorKind::FalseSchema => "false schema".to_owned(),
        ErrorKind::Type { got, want } => {
            let want: Vec<_> = want.iter().map(|want| want.to_string()).collect();
            format!("got {got}, want {}", want.join(" or "))
        }
        ErrorKind::Enum { want } => match written.keyword(error.schema_url, "enum") {
            Some(Json::Array(written)) => choice("enum", written),
            _ => choice("enum", want),
        },
        ErrorKind::Const { want } => {
            choice("const", std::slice::from_ref(written.keyword(error.schema_url, "const").unwrap_or(*want)))
        }
        ErrorKind::Format { got, want, err } if *want == "regex" || *want == patterns::FORMAT => {
            let pattern = got.as_str().unwrap_or_default();
            let pattern = patterns::original(pattern).unwrap_or_else(|| pattern.to_owned());
            let err = checks::pattern(pattern.as_bytes()).err().unwrap_or_else(|| err.to_string());
            format!("{} is not valid regex: {err}", quote(&pattern))
        }
        ErrorKind::Format { got, want, err } => format!("{} is not valid {want}: {err}", shown(got)),
        ErrorKind::Required { want } if want.len() == 1 => format!("missing property {}", quote(want[0])),
        ErrorKind::Required { want } => format!("missing properties {}", quoted(want)),
        ErrorKind::AdditionalProperties { got } => format!("additional properties {} not allowed", quoted(got)),
        ErrorKind::Dependency { prop, missing } | ErrorKind::DependentRequired { prop, missing } => {
            format!("properties {} required, if {} exists", quoted(missing), quote(prop))
        }
        ErrorKind::Pattern { got, want } => {
            let want = patterns::original(want).unwrap_or_else(|| (*want).to_owned());
            format!("{} does not match pattern {}", quote(got), quote(&want))
        }
        ErrorKind::ContentEncoding { want, err } => format!("value is not {} encoded: {err}", quote(want)),
        ErrorKind::ContentMediaType { want, err, .. } => format!("value if not of mediatype {}: {err}", quote(want)),
        ErrorKind::Not => match written.multiple(error) {
            Some((got, want)) => format!("multipleOf: got {}, want {}", grouped(got), grouped(want)),
            None => "'not' failed".to_owned(),
        },
        ErrorKind::AllOf => "'allOf' failed".to_owned(),
        ErrorKind::AnyOf => "'anyOf' failed".to_owned(),
        ErrorKind::OneOf(None) => "'oneOf' failed, none matched".to_owned(),
        ErrorKind::OneOf(Some((first, second))) => {
            format!("'oneOf' failed, subschemas {first}, {second} matched")
        }
        counted => counts(counted, written),
    }
}

/// The kinds that compare numbers.
fn counts(kind: &ErrorKind<'_, '_>, written: &Written<'_>) -> String {
    let sizes = |keyword: &str, got: &usize, want: &usize| format!("{keyword}: got {}, want {}", count(*got), count(*want));
    let numbers = |keyword: &str, got: &Number, want: &Number| {
        format!("{keyword}: got {}, want {}", grouped(written.number(got)), grouped(written.number(want)))
    };
    let matched = |got: &[usize]| {
        let places: Vec<_> = got.iter().map(usize::to_string).collect();
        format!("but matched {} items at {}", count(got.len()), places.join(" "))
    };
    match kind {
        ErrorKind::MinProperties { got, want } => sizes("minProperties", got, want),
        ErrorKind::MaxProperties { got, want } => sizes("maxProperties", got, want),
        ErrorKind::MinItems { got, want } => sizes("minItems", got, want),
        ErrorKind::MaxItems { got, want } => sizes("maxItems", got, want),
        ErrorKind::MinLength { got, want } => sizes("minLength", got, want),
        ErrorKind::MaxLength { got, want } => sizes("maxLength", got, want),
        ErrorKind::Minimum { got, want } => numbers("minimum", got, want),
        ErrorKind::Maximum { got, want } => numbers("maximum", got, want),
        ErrorKind::ExclusiveMinimum { got, want } => numbers("exclusiveMinimum", got, want),
        ErrorKind::ExclusiveMaximum { got, want } => numbers("exclusiveMaximum", got, want),
        ErrorKind::MultipleOf { got, want } => numbers("multipleOf", got, want),
        ErrorKind::UniqueItems { got: [first, second] } => {
            format!("items at {} and {} are equal", count(*first), count(*second))
        }
        ErrorKind::AdditionalItems { got } => format!("last {} additionalItem(s) not allowed", count(*got)),
        ErrorKind::Contains => "no items match contains schema".to_owned(),
        ErrorKind::MinContains { got, want } if got.is_empty() => {
            format!("min {} items required to match contains schema, but none matched", count(*want))
        }
        ErrorKind::MinContains { got, want } => {
            format!("min {} items required to match contains schema, {}", count(*want), matched(got))
        }
        ErrorKind::MaxContains { got, want } => {
            format!("max {} items required to match contains schema, {}", count(*want), matched(got))
        }
        other => other.to_string(),
    }
}

fn choice(keyword: &str, want: &[Json]) -> String {
    if want.iter().any(|want| want.is_array() || want.is_object()) {
        return format!("'{keyword}' failed");
    }
    let shown: Vec<_> = want.iter().map(shown).collect();
    format!("value must be {}{}", if want.len() == 1 { "" } else { "one of " }, shown.join(", "))
}

fn shown(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".to_owned(),
        Json::String(text) => numbers::as_written(value).map_or_else(|| quote(text), str::to_owned),
        Json::Array(_) | Json::Object(_) => "value".to_owned(),
        scalar => scalar.to_string(),
    }
}

fn quoted(names: &[impl AsRef<str>]) -> String {
    names.iter().map(|name| quote(name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// Go's quoting, but in single quotes.
fn quote(text: &str) -> String {
    let quoted = gotemplate::quote(text.as_bytes());
    // Helm's engine undoes what it takes for an escaped quote before it takes the quotes off: a backslash at the end is halved.
    let quoted = quoted.replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{}'", quoted.get(1..quoted.len() - 1).unwrap_or_default())
}

fn count(number: usize) -> String {
    thousands(&number.to_string())
}

/// A number as `golang.org/x/text` prints it in English: `70,000.5`, and `1.5×10⁰⁶` where Go has an exponent.
fn grouped(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    let text = gotemplate::sprintf(b"%v", &[Value::Float(number)]).to_lossy().into_owned();
    let Some((mantissa, exponent)) = text.split_once('e') else { return thousands(&text) };
    let raised = exponent.chars().filter_map(|char| match char {
        '-' => Some('⁻'),
        '0'..='9' => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(char as usize - '0' as usize),
        _ => None,
    });
    format!("{mantissa}×10{}", raised.collect::<String>())
}

fn thousands(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

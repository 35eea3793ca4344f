//! Arithmetic: whole numbers are Go's int64 and wrap, fractions are computed in decimal.

use super::conversion::{Parsed, parse_int, to_float64, to_int64};
use super::decimal::Decimal;
use super::limits;
use crate::gotemplate::{Function, FunctionError, List, ListKind, Rest, State, Value, print_value};
use crate::yaml::Text;

/// The rows of this topic.
pub(super) fn rows() -> Vec<Function> {
    vec![
        Function::pure("add", |terms: &mut [Value]| terms.iter().map(to_int64).fold(0, i64::wrapping_add)),
        Function::pure("add1", |value: Value| to_int64(&value).wrapping_add(1)),
        Function::pure("add1f", |value: Value| decimally(&value, &[Value::int(1)], Decimal::plus)),
        Function::pure("addf", |terms: &mut [Value]| decimally(&Value::int(0), terms, Decimal::plus)),
        Function::pure("atoi", atoi),
        Function::pure("biggest", |first: Value, rest: &mut [Value]| integers(&first, rest, i64::max)),
        Function::pure("ceil", |value: Value| to_float64(&value).ceil()),
        Function::pure("div", |left: Value, right: Value| divided(&left, &right, i64::wrapping_div)),
        Function::pure("divf", |first: Value, rest: &mut [Value]| decimally(&first, rest, Decimal::over)),
        Function::pure("float64", |value: Value| to_float64(&value)),
        Function::pure("floor", |value: Value| to_float64(&value).floor()),
        Function::pure("int", |value: Value| to_int64(&value) as isize),
        Function::pure("int64", |value: Value| to_int64(&value)),
        Function::pure("max", |first: Value, rest: &mut [Value]| integers(&first, rest, i64::max)),
        Function::pure("maxf", |first: Value, rest: &mut [Value]| floats(&first, rest, larger)),
        Function::pure("min", |first: Value, rest: &mut [Value]| integers(&first, rest, i64::min)),
        Function::pure("minf", |first: Value, rest: &mut [Value]| floats(&first, rest, |a, b| -larger(-a, -b))),
        Function::pure("mod", |left: Value, right: Value| divided(&left, &right, i64::wrapping_rem)),
        Function::pure("mul", |first: Value, rest: &mut [Value]| integers(&first, rest, i64::wrapping_mul)),
        Function::pure("mulf", |first: Value, rest: &mut [Value]| decimally(&first, rest, Decimal::times)),
        Function::impure("randInt", rand_int),
        Function::pure("round", round),
        Function::pure("seq", seq),
        Function::pure("sub", |left: Value, right: Value| to_int64(&left).wrapping_sub(to_int64(&right))),
        Function::pure("subf", |first: Value, rest: &mut [Value]| decimally(&first, rest, Decimal::minus)),
        Function::pure("toDecimal", to_decimal),
        Function::pure("until", |count: isize| ints(0, count, if count < 0 { -1 } else { 1 })),
        Function::pure("untilStep", ints),
    ]
}

fn integers(first: &Value, rest: &[Value], operation: fn(i64, i64) -> i64) -> i64 {
    rest.iter().map(to_int64).fold(to_int64(first), operation)
}

fn floats(first: &Value, rest: &[Value], operation: fn(f64, f64) -> f64) -> f64 {
    rest.iter().map(to_float64).fold(to_float64(first), operation)
}

/// `math.Max`: infinity beats NaN, which beats all others; 0 beats -0.
#[allow(clippy::float_cmp, reason = "zeros of both signs are equal, and only they")]
fn larger(left: f64, right: f64) -> f64 {
    if left == f64::INFINITY || right == f64::INFINITY {
        f64::INFINITY
    } else if left.is_nan() || right.is_nan() {
        f64::NAN
    } else if left == right {
        if left.is_sign_negative() { right } else { left }
    } else {
        left.max(right)
    }
}

fn divided(left: &Value, right: &Value, operation: fn(i64, i64) -> i64) -> Result<i64, FunctionError> {
    match to_int64(right) {
        0 => Err("runtime error: integer divide by zero".into()),
        divisor => Ok(operation(to_int64(left), divisor)),
    }
}

type Operation = fn(&Decimal, &Decimal) -> Result<Decimal, FunctionError>;

fn decimally(first: &Value, rest: &[Value], operation: Operation) -> Result<f64, FunctionError> {
    let mut total = Decimal::from_float(to_float64(first))?;
    for operand in rest {
        total = operation(&total, &Decimal::from_float(to_float64(operand))?)?;
    }
    Ok(total.to_float())
}

/// Errors are swallowed, but what is out of range becomes the nearest integer.
fn atoi(text: Text) -> isize {
    match parse_int(&text, 10) {
        Parsed::Exact(value) | Parsed::OutOfRange(value) => value as isize,
        Parsed::Invalid => 0,
    }
}

/// Reads octal digits.
fn to_decimal(value: Value) -> Result<i64, FunctionError> {
    Ok(match parse_int(&print_value(&value)?, 8) {
        Parsed::Exact(value) => value,
        Parsed::OutOfRange(_) | Parsed::Invalid => 0,
    })
}

/// Rounds at `places` if the rest is `on` or more; the rest of a negative number never is.
fn round(value: Value, places: isize, on: Rest<f64>) -> f64 {
    let on = on.0.first().copied().unwrap_or(0.5);
    let power = power_of_ten(places);
    let scaled = power * to_float64(&value);
    let rounded = if scaled.fract() >= on { scaled.ceil() } else { scaled.floor() };
    rounded / power
}

/// Ten to a power as Go's `math.Pow` has it, whose last digits are not the nearest ones beyond the 22nd power: mantissas and
/// exponents of 10 = 0.625 × 2⁴ are multiplied apart.
fn power_of_ten(power: isize) -> f64 {
    let (mut mantissa, mut exponent) = (1.0, 0);
    let (mut factor, mut factor_exponent) = (0.625, 4_i64);
    let mut left = power.unsigned_abs();
    while left != 0 {
        if factor_exponent > 1 << 12 {
            // Beyond all floats.
            exponent += factor_exponent;
            break;
        }
        if left & 1 == 1 {
            mantissa *= factor;
            exponent += factor_exponent;
        }
        factor *= factor;
        factor_exponent *= 2;
        if factor < 0.5 {
            factor += factor;
            factor_exponent -= 1;
        }
        left >>= 1;
    }
    if power < 0 {
        (mantissa, exponent) = (1.0 / mantissa, -exponent);
    }
    // In two steps, of which each is exact unless the result is beyond the normal floats.
    let half = exponent / 2;
    mantissa * 2f64.powi(half as i32) * 2f64.powi((exponent - half) as i32)
}

fn ints(start: isize, end: isize, step: isize) -> Result<Value, FunctionError> {
    let numbers = range(start as i64, end as i64, step as i64)?.into_iter().map(Value::int).collect();
    Ok(Value::List(List::grown(numbers, ListKind::Ints)))
}

/// From `start` up or down to before `end`; empty if `step` leads away from it.
fn range(start: i64, end: i64, step: i64) -> Result<Vec<i64>, FunctionError> {
    let distance = i128::from(end) - i128::from(start);
    if step == 0 || distance == 0 || (distance > 0) != (step > 0) {
        return Ok(Vec::new());
    }
    let count = distance.unsigned_abs().div_ceil(u128::from(step.unsigned_abs()));
    limits::items(count)?;
    Ok((0..count as i64).map(|index| start.wrapping_add(index.wrapping_mul(step))).collect())
}

/// `seq 3`, `seq 2 4`, `seq 2 2 8` with the step between, as the shell's.
fn seq(bounds: Rest<isize>) -> Result<String, FunctionError> {
    let (start, step, end) = match bounds.0[..] {
        [end] => (1, if end < 1 { -1 } else { 1 }, end),
        [start, end] => (start, if end < start { -1 } else { 1 }, end),
        [start, step, end] if end >= start || step <= 0 => (start, step, end),
        _ => return Ok(String::new()),
    };
    let beyond = if end < start { -1 } else { 1 };
    let numbers = range(start as i64, (end as i64).wrapping_add(beyond), step as i64)?;
    Ok(numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" "))
}

fn rand_int(state: &mut State<'_>, least: isize, beyond: isize) -> Result<isize, FunctionError> {
    match (beyond as i64).wrapping_sub(least as i64) {
        ..=0 => Err("invalid argument to Intn".into()),
        span => Ok(least.wrapping_add(super::random::below(state, span as u64) as isize)),
    }
}

//! Numbers as a person reads them: two or three digits that matter, and a unit.

/// A time: `0.35 ms`, `8.1 ms`, `2.4 s`, `5 min 12 s`, `2 h 5 min`.
pub fn time(seconds: f64) -> String {
    if seconds < 1.0 {
        return format!("{} ms", digits(seconds * 1e3));
    }
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{} s", digits(seconds)),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", grouped((whole / 3600) as f64), whole / 60 % 60),
    }
}

/// Bytes a second: `24 GB/s`, `3,350 GB/s`.
pub fn bandwidth(bytes: f64) -> String {
    format!("{} GB/s", digits(bytes / 1e9))
}

/// Operations a second: `150 GFLOP/s`, `989 TFLOP/s`.
pub fn flops(flops: f64) -> String {
    if flops < 1e12 {
        format!("{} GFLOP/s", digits(flops / 1e9))
    } else {
        format!("{} TFLOP/s", digits(flops / 1e12))
    }
}

/// A share: `61 %`, `0.4 %`.
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 0.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// An amount of money without its currency, to the cent, or to two digits where it is less than one unit.
pub fn money(amount: f64) -> String {
    if amount >= 1.0 {
        let cents = (amount * 100.0).round();
        return format!("{}.{:02.0}", grouped((cents / 100.0).floor()), cents % 100.0);
    }
    two_digits(amount)
}

/// `0.35`, `8.1`, `24`, `3,350`: two digits below ten, whole numbers from ten on.
pub fn digits(number: f64) -> String {
    if number >= 9.95 { grouped(number) } else { two_digits(number) }
}

/// A whole number with a comma between thousands: `24,000`.
pub fn grouped(number: f64) -> String {
    let plain = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Below ten: `8.1`, `0.35`, `0.0021`.
fn two_digits(number: f64) -> String {
    if number < 1e-9 {
        return "0".to_owned();
    }
    let behind_the_point = (1.0 - number.log10().floor()).max(0.0) as usize;
    format!("{number:.behind_the_point$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_unit_that_fits() {
        for (seconds, text) in [
            (0.0, "0 ms"),
            (0.000_35, "0.35 ms"),
            (0.0081, "8.1 ms"),
            (0.099, "99 ms"),
            (2.44, "2.4 s"),
            (59.6, "1 min 0 s"),
            (312.0, "5 min 12 s"),
            (7500.0, "2 h 5 min"),
        ] {
            assert_eq!(time(seconds), text);
        }
    }

    #[test]
    fn rates_and_amounts_have_digits_that_matter() {
        assert_eq!(
            (bandwidth(3.35e12), bandwidth(24.4e9)),
            ("3,350 GB/s".into(), "24 GB/s".into())
        );
        assert_eq!((flops(150e9), flops(989e12)), ("150 GFLOP/s".into(), "989 TFLOP/s".into()));
        assert_eq!((share(0.0041), share(0.0099)), ("0.4 %".into(), "1 %".into()));
        assert_eq!((grouped(24_000.0), grouped(999.0)), ("24,000".into(), "999".into()));
        assert_eq!((money(0.2083), money(0.0021)), ("0.21".into(), "0.0021".into()));
        assert_eq!((money(2.5), money(1234.999)), ("2.50".into(), "1,235.00".into()));
        assert_eq!(
            (digits(5.44), digits(9.97), share(0.614)),
            ("5.4".into(), "10".into(), "61 %".into())
        );
    }
}

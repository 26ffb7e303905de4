//! Which of several names was surely meant by one that is none of them.

use strsim::osa_distance;

/// The one name that is a slip of the pen away: one for short names, two for longer ones; none when several are as near.
pub fn closest<'n>(written: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let allowed = match written.chars().count() {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    };
    let mut best: Option<(usize, &str)> = None;
    let mut tied = false;
    for name in names {
        let distance = osa_distance(written, name);
        if distance > allowed || distance == 0 {
            continue;
        }
        match best {
            Some((least, known)) if least == distance => tied |= known != name,
            Some((least, _)) if least < distance => {}
            _ => (best, tied) = (Some((distance, name)), false),
        }
    }
    best.filter(|_| !tied).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_in_short_names_and_two_in_long_ones() {
        let names = ["user_id", "amount", "recipient_email"];
        let of = |written| closest(written, names.into_iter());
        assert_eq!(of("userid"), Some("user_id"));
        assert_eq!(of("recipent_emial"), Some("recipient_email"));
        assert_eq!(of("user"), None);
        assert_eq!(of("id"), None);
        assert_eq!(of("amount"), None);
        assert_eq!(closest("datq", ["date", "data"].into_iter()), None);
    }
}

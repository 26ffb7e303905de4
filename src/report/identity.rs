//! The identity of a finding: stable when code moves, the same in every format.

use super::view::Shown;

/// FNV-1a, 128 bits: published, tiny, the same on every machine. It names things and protects nothing.
fn fnv128(parts: &[&str]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

/// Hash of path, rule and symbol (the message where a finding has no symbol), as 32 hexadecimal digits.
/// All of them are masked first: a hash of a short secret could be guessed.
pub fn identity(shown: &Shown) -> String {
    let symbol = if shown.symbol.is_empty() { &shown.message } else { &shown.symbol };
    format!("{:032x}", fnv128(&[shown.repo_path.as_str(), shown.rule.name, symbol.as_str()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        // From the reference vectors of draft-eastlake-fnv for the one byte 0 and for "a" followed by it.
        assert_eq!(fnv128(&[""]), 0xd228_cb69_101a_8caf_7891_2b70_4e4a_147f);
        assert_ne!(fnv128(&["ab", "c"]), fnv128(&["a", "bc"]));
    }
}

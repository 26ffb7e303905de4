//! Words wrapped to a width.

use unicode_width::UnicodeWidthStr;

/// Breaks text at blanks into lines of at most `width` columns; a longer word stays whole, so that it can be copied.
/// At least one line.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.width();
        if column > 0 && column + 1 + length > width {
            lines.push(String::new());
            column = 0;
        }
        if let Some(line) = lines.last_mut() {
            if column > 0 {
                line.push(' ');
                column += 1;
            }
            line.push_str(word);
            column += length;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("extraordinarily long", 4), ["extraordinarily", "long"]);
        assert_eq!(wrapped("", 10), [""]);
        assert_eq!(wrapped("日本 語", 5), ["日本", "語"]);
    }
}

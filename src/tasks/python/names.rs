//! The words that documents are made of. They are few, because who learns them is small.

/// Letters that functions look for.
pub const LETTERS: [char; 14] =
    ['a', 'b', 'c', 'd', 'e', 'g', 'l', 'm', 'n', 'o', 'p', 'r', 's', 't'];

/// Words that stand in arguments.
pub const WORDS: [&str; 60] = [
    "a", "ant", "apple", "arm", "ball", "banana", "bear", "bell", "bird", "boat", "book", "bread",
    "cat", "coat", "cow", "door", "dog", "egg", "eye", "fish", "fox", "frog", "game", "garden",
    "green", "hat", "hen", "hello", "home", "ice", "lamp", "leaf", "lemon", "level", "letter",
    "map", "milk", "moon", "mother", "nest", "noon", "no", "on", "orange", "pan", "paper",
    "pencil", "pig", "rain", "red", "ring", "river", "sea", "song", "star", "sun", "tea", "train",
    "tree", "water",
];

/// Words that functions give back as answers, in pairs that are told apart by a condition.
pub const ANSWERS: [(&str, &str); 12] = [
    ("yes", "no"),
    ("small", "large"),
    ("low", "high"),
    ("hot", "cold"),
    ("open", "shut"),
    ("good", "bad"),
    ("left", "right"),
    ("up", "down"),
    ("on", "off"),
    ("fast", "slow"),
    ("day", "night"),
    ("old", "new"),
];

/// What stands between words that are joined.
pub const SEPARATORS: [(&str, &str, &str); 5] = [
    ("-", "hyphens", "a hyphen"),
    (",", "commas", "a comma"),
    ("+", "plus signs", "a plus sign"),
    ("/", "slashes", "a slash"),
    (" ", "spaces", "a space"),
];

/// A word in front of a name.
pub const GREETINGS: [&str; 8] =
    ["Hello", "Dear", "Good night", "Welcome", "Thank you", "Goodbye", "Hi", "Good day"];

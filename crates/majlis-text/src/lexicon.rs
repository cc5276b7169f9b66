//! Closed lists of words the measures know. Arabic entries are folded (see [`crate::fold`]).

/// Abbreviations whose full stop ends no sentence, lower case, without the last stop.
pub(crate) const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "e.g", "i.e", "eg", "ie", "cf", "approx", "ca", "no",
    "nos", "fig", "figs", "sec", "ch", "vol", "pp", "p", "ed", "eds", "al", "inc", "ltd", "co", "corp", "dept", "est",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "a.m", "p.m", "u.s", "u.k",
    "min", "max", "avg", "ver", "د", "م", "أ", "ص", "ج",
];

/// Words that set the clause they begin against the one before.
pub(crate) const CONTRASTS: &[&str] = &[
    "but", "while", "whereas", "however", "although", "though", "yet", "so", "and it", "and you", "and they",
    "لكن", "ولكن", "لكنه", "لكنها", "بينما", "في حين", "أما", "إلا أن", "غير أن", "وهذا", "لذلك", "ولهذا",
];

/// Beginnings of sentences that open, close or comment an answer and claim nothing about its
/// subject, folded.
pub(crate) const META_BEGINNINGS: &[&str] = &[
    "hello", "hi ", "hi,", "hi!", "hey", "great question", "good question", "thanks", "thank you", "sure", "of course",
    "certainly", "absolutely", "here is ", "here's ", "here are ", "let me ", "let's ", "i hope ", "hope this",
    "i'll ", "i will ", "i'd be happy", "i can help", "i am an ai", "i'm an ai", "as an ai", "as a language model",
    "as a large language model", "as claude", "as chatgpt", "i'm claude", "i am claude", "i'm chatgpt", "feel free",
    "if you have any", "if you'd like", "if you would like", "let me know", "in this answer", "below ", "good luck",
    "مرحبا", "اهلا", "السلام عليكم", "سوال جيد", "سوال رائع", "سوال ممتاز", "شكرا", "بالتاكيد", "بالطبع", "بكل سرور",
    "اليك ", "اليكم ", "فيما يلي", "دعني ", "دعنا ", "امل ان", "ارجو ان", "اتمني ", "بصفتي نموذج", "كنموذج لغوي",
    "انا نموذج", "لا تتردد", "اذا كان لديك", "اذا كانت لديك", "اخبرني", "بالتوفيق", "يسعدني", "ساحاول", "ساشرح",
];

/// Words too common to say what a statement is about, folded and stemmed as the measures do not:
/// as they are written. Negations are not among them.
pub(crate) const STOP_WORDS: &[&str] = &[
    "a", "about", "above", "after", "again", "all", "also", "although", "am", "an", "and", "any", "are", "as", "at",
    "be", "because", "been", "before", "being", "both", "but", "by", "can", "could", "did", "do", "does", "doing",
    "down", "during", "each", "either", "else", "etc", "even", "ever", "for", "from", "further", "had", "has", "have",
    "having", "he", "her", "here", "hers", "him", "his", "how", "however", "i", "if", "in", "into", "is", "it", "its",
    "itself", "just", "may", "me", "might", "more", "most", "must", "my", "of", "off", "on", "once", "one", "only",
    "or", "other", "our", "out", "over", "own", "quite", "rather", "really", "same", "shall", "she", "should", "since",
    "so", "some", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those",
    "though", "through", "thus", "to", "too", "under", "until", "up", "upon", "us", "very", "was", "we", "were",
    "what", "when", "where", "whereas", "which", "while", "who", "whom", "why", "will", "with", "would", "yet", "you",
    "your", "yours", "yourself", "that's", "it's", "you'll", "you're", "they're", "there's", "let", "get", "gets",
    "في", "من", "الي", "علي", "عن", "مع", "ان", "انه", "انها", "او", "ام", "ثم", "بل", "لكن", "ولكن", "هذا", "هذه",
    "ذلك", "تلك", "هو", "هي", "هم", "هما", "نحن", "انت", "انتم", "انا", "كان", "كانت", "يكون", "تكون", "قد", "لقد",
    "كل", "بعض", "اي", "التي", "الذي", "الذين", "اللذان", "ما", "ماذا", "كما", "اذا", "لو", "حتي", "حيث", "بين",
    "عند", "عندما", "لان", "لانه", "لانها", "اذ", "منذ", "قبل", "بعد", "فوق", "تحت", "ايضا", "فقط", "جدا", "هنا",
    "هناك", "به", "بها", "له", "لها", "فيه", "فيها", "منه", "منها", "عليه", "عليها", "اليه", "اليها", "وهو", "وهي",
    "وقد", "فان", "وان", "بان", "لك", "لكم", "مثل", "سوف", "بينما", "اما", "مما", "لذلك", "ولهذا", "وهذا", "وكل",
    "كلها", "نفس", "نفسه", "نفسها", "ومن", "وفي", "وعلي", "ولا", "يمكن", "يمكنك",
];

/// Words that turn a statement into its opposite, folded, as whole words.
pub(crate) const NEGATIONS: &[&str] = &[
    "not", "no", "never", "without", "cannot", "can't", "don't", "doesn't", "didn't", "won't", "isn't", "aren't",
    "wasn't", "weren't", "shouldn't", "wouldn't", "couldn't", "hasn't", "haven't", "hadn't", "needn't", "mustn't",
    "neither", "nor", "none", "nothing", "لا", "لم", "لن", "ليس", "ليست", "ليسوا", "غير", "بدون", "دون", "ولا",
    "ولم", "ولن", "وليس", "وليست", "فلا", "فلن", "فليس", "بلا",
];

/// Words that, right after a negation, take its force away ("not only").
pub(crate) const NOT_NEGATED: &[&str] = &["only", "just", "merely", "فقط", "مجرد", "سيما", "بد", "شك", "باس"];

/// Words that make what is said depend on something, folded.
pub(crate) const CONDITIONS: &[&str] = &[
    "if", "when", "unless", "until", "once", "except", "beyond", "only", "otherwise", "اذا", "عندما", "حين", "الا",
    "لو", "ان لم", "طالما", "متي", "ريثما", "فقط",
];

/// Answers of one word that say yes.
pub(crate) const YES: &[&str] = &["yes", "yep", "yeah", "true", "correct", "نعم", "اجل", "صحيح", "بلي"];
/// Answers of one word that say no.
pub(crate) const NO: &[&str] = &["no", "nope", "false", "incorrect", "wrong", "لا", "كلا", "خطا"];

/// Numbers written as words that are safe to read as numbers, folded. One is not: it is mostly a
/// pronoun or an article.
pub(crate) const NUMBER_WORDS: &[(&str, f64)] = &[
    ("two", 2.0), ("three", 3.0), ("four", 4.0), ("five", 5.0), ("six", 6.0), ("seven", 7.0), ("eight", 8.0),
    ("nine", 9.0), ("ten", 10.0), ("eleven", 11.0), ("twelve", 12.0), ("fifteen", 15.0), ("twenty", 20.0),
    ("thirty", 30.0), ("fifty", 50.0), ("hundred", 100.0), ("ثلاثه", 3.0), ("ثلاث", 3.0), ("اربعه", 4.0),
    ("اربع", 4.0), ("خمسه", 5.0), ("خمس", 5.0), ("سته", 6.0), ("ست", 6.0), ("سبعه", 7.0), ("سبع", 7.0),
    ("ثمانيه", 8.0), ("ثماني", 8.0), ("تسعه", 9.0), ("تسع", 9.0), ("عشره", 10.0), ("عشر", 10.0), ("عشرين", 20.0),
    ("عشرون", 20.0), ("ثلاثين", 30.0), ("خمسين", 50.0), ("مايه", 100.0), ("ميه", 100.0),
];

/// Words that multiply the number before them, folded.
pub(crate) const MULTIPLIERS: &[(&str, f64)] = &[
    ("hundred", 1e2), ("thousand", 1e3), ("million", 1e6), ("billion", 1e9), ("k", 1e3), ("m", 1e6), ("مايه", 1e2),
    ("الف", 1e3), ("الاف", 1e3), ("مليون", 1e6), ("ملايين", 1e6), ("مليار", 1e9),
];

/// Spellings of units brought to one, folded and stemmed.
pub(crate) const UNITS: &[(&str, &str)] = &[
    ("$", "dollar"), ("usd", "dollar"), ("دولار", "dollar"), ("دولارا", "dollar"), ("دولارات", "dollar"),
    ("€", "euro"), ("eur", "euro"), ("يورو", "euro"), ("£", "pound"), ("%", "percent"), ("percent", "percent"),
    ("gigabyt", "gb"), ("gib", "gb"), ("جيجابايت", "gb"), ("غيغابايت", "gb"), ("megabyt", "mb"), ("mib", "mb"),
    ("ميجابايت", "mb"), ("ميغابايت", "mb"), ("terabyt", "tb"), ("tib", "tb"), ("تيرابايت", "tb"), ("kilobyt", "kb"),
    ("kib", "kb"), ("millisecond", "ms"), ("msec", "ms"), ("sec", "second"), ("min", "minut"), ("hr", "hour"),
    ("hrs", "hour"),
];

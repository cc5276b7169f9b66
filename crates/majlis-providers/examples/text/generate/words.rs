//! The words that pairs are made of.

/// Words of one row mean: the word, a synonym, something wider, something else of its kind.
pub(super) type Row = [&'static str; 4];
/// A quality: the word, a synonym, its opposite.
pub(super) type Quality = [&'static str; 3];
/// An action: "is …", a synonym, its opposite or empty, another one.
pub(super) type Action = [&'static str; 4];

pub(super) const WHO: &[Row] = &[
    ["man", "guy", "person", "woman"],
    ["woman", "lady", "person", "man"],
    ["boy", "lad", "child", "girl"],
    ["girl", "young lady", "child", "boy"],
    ["chef", "cook", "person", "waiter"],
    ["dog", "hound", "animal", "cat"],
    ["kitten", "young cat", "animal", "puppy"],
    ["player", "athlete", "person", "referee"],
    ["teacher", "instructor", "person", "student"],
    ["surfer", "wave rider", "person", "swimmer"],
    ["worker", "labourer", "person", "guard"],
    ["horse", "steed", "animal", "cow"],
    ["baby", "infant", "child", "nurse"],
    ["doctor", "physician", "person", "lawyer"],
    ["monkey", "ape", "animal", "lion"],
    ["soldier", "trooper", "person", "sailor"],
];
pub(super) const DOES: &[(Action, &[Row])] = &[
    (
        ["playing", "performing on", "", "repairing"],
        &[
            ["guitar", "guitar", "instrument", "flute"],
            ["piano", "piano", "instrument", "violin"],
            ["drum", "drum", "instrument", "harp"],
        ],
    ),
    (
        ["opening", "unlocking", "closing", "painting"],
        &[
            ["door", "door", "entrance", "window"],
            ["box", "package", "container", "bag"],
            ["can", "tin", "container", "jar"],
        ],
    ),
    (
        ["slicing", "cutting", "", "boiling"],
        &[
            ["potato", "spud", "vegetable", "carrot"],
            ["onion", "onion", "vegetable", "tomato"],
            ["bread", "loaf", "food", "meat"],
        ],
    ),
    (
        ["riding", "sitting on", "", "washing"],
        &[
            ["bicycle", "bike", "vehicle", "motorcycle"],
            ["horse", "pony", "animal", "camel"],
            ["scooter", "moped", "vehicle", "bus"],
        ],
    ),
    (
        ["lifting", "raising", "lowering", "kicking"],
        &[
            ["chair", "seat", "furniture", "table"],
            ["weight", "weight", "object", "stone"],
            ["boat", "vessel", "vehicle", "truck"],
        ],
    ),
    (
        ["pushing", "shoving", "pulling", "watching"],
        &[
            ["cart", "wagon", "vehicle", "ball"],
            ["car", "automobile", "vehicle", "bus"],
            ["sled", "sledge", "vehicle", "log"],
        ],
    ),
    (
        ["eating", "consuming", "", "holding"],
        &[
            ["apple", "apple", "fruit", "banana"],
            ["cake", "cake", "dessert", "soup"],
            ["cookie", "biscuit", "snack", "egg"],
        ],
    ),
    (
        ["throwing", "tossing", "catching", "drawing"],
        &[
            ["ball", "ball", "toy", "stick"],
            ["frisbee", "disc", "toy", "rope"],
        ],
    ),
    (
        ["reading", "studying", "", "writing"],
        &[
            ["book", "volume", "text", "letter"],
            ["newspaper", "paper", "publication", "map"],
        ],
    ),
    (
        ["building", "constructing", "destroying", "photographing"],
        &[
            ["house", "home", "building", "bridge"],
            ["tower", "tower", "structure", "wall"],
            ["fence", "fence", "barrier", "road"],
        ],
    ),
    (
        ["filling", "loading", "emptying", "cleaning"],
        &[
            ["bottle", "flask", "container", "bucket"],
            ["cup", "mug", "container", "plate"],
        ],
    ),
    (
        ["turning on", "switching on", "turning off", "moving"],
        &[
            ["lamp", "light", "device", "fan"],
            ["radio", "receiver", "device", "camera"],
        ],
    ),
    (
        ["buying", "purchasing", "selling", "fixing"],
        &[
            ["shirt", "top", "garment", "hat"],
            ["phone", "telephone", "device", "watch"],
        ],
    ),
    (
        ["climbing", "scaling", "descending", "facing"],
        &[
            ["mountain", "peak", "hill", "tree"],
            ["ladder", "ladder", "steps", "wall"],
        ],
    ),
];
pub(super) const HOW: &[Quality] = &[
    ["big", "large", "small"],
    ["old", "elderly", "young"],
    ["tall", "high", "short"],
    ["happy", "cheerful", "sad"],
    ["wet", "soaked", "dry"],
    ["clean", "spotless", "dirty"],
    ["quiet", "silent", "loud"],
    ["strong", "powerful", "weak"],
    ["fast", "quick", "slow"],
    ["rich", "wealthy", "poor"],
    ["dark", "dim", "bright"],
    ["heavy", "weighty", "light"],
];
pub(super) const EXTRA: &[&str] = &[
    "in the park",
    "near the river",
    "on the beach",
    "at the market",
    "in the kitchen",
    "behind a house",
    "in front of a crowd",
    "on a sunny day",
    "with a friend",
    "with great care",
    "during the break",
    "beside the road",
    "under a bridge",
    "for the audience",
];
pub(super) const COLOURS: &[&str] = &["red", "blue", "green", "yellow", "black", "white", "brown"];
pub(super) const COUNTS: &[&str] = &["two", "three", "four", "five", "six", "seven"];

pub(super) const WHO_AR: &[(Row, bool)] = &[
    (["رجل", "رجل", "شخص", "حارس"], false),
    (["امرأة", "سيدة", "إنسانة", "ممرضة"], true),
    (["ولد", "صبي", "طفل", "شاب"], false),
    (["فتاة", "بنت", "طفلة", "أم"], true),
    (["طباخ", "طاه", "عامل", "نادل"], false),
    (["كلب", "كلب", "حيوان", "قط"], false),
    (["لاعب", "رياضي", "شخص", "حكم"], false),
    (["معلمة", "مدرسة", "امرأة", "طالبة"], true),
    (["طبيب", "حكيم", "رجل", "محام"], false),
];
/// Masculine and feminine: the verb, a synonym, its opposite or empty, another; then objects.
pub(super) const DOES_AR: &[([Action; 2], &[Row])] = &[
    (
        [
            ["يفتح", "يفتح", "يغلق", "يدهن"],
            ["تفتح", "تفتح", "تغلق", "تدهن"],
        ],
        &[
            ["الباب", "الباب", "المدخل", "النافذة"],
            ["الصندوق", "العلبة", "الوعاء", "الحقيبة"],
        ],
    ),
    (
        [["يقطع", "يقطع", "", "يطبخ"], ["تقطع", "تقطع", "", "تطبخ"]],
        &[
            ["البطاطس", "البطاطا", "الخضار", "البصل"],
            ["الجزر", "الجزر", "الخضار", "الخبز"],
        ],
    ),
    (
        [["يركب", "يقود", "", "يغسل"], ["تركب", "تقود", "", "تغسل"]],
        &[
            ["دراجة", "دراجة", "مركبة", "سيارة"],
            ["الحصان", "الفرس", "الحيوان", "الجمل"],
        ],
    ),
    (
        [
            ["يرفع", "يرفع", "يخفض", "يركل"],
            ["ترفع", "ترفع", "تخفض", "تركل"],
        ],
        &[
            ["الكرسي", "المقعد", "الأثاث", "الطاولة"],
            ["الصخرة", "الحجر", "الجسم", "الكرة"],
        ],
    ),
    (
        [
            ["يدفع", "يدفع", "يسحب", "يراقب"],
            ["تدفع", "تدفع", "تسحب", "تراقب"],
        ],
        &[
            ["العربة", "العربة", "المركبة", "القارب"],
            ["السيارة", "السيارة", "المركبة", "الشاحنة"],
        ],
    ),
    (
        [
            ["يأكل", "يتناول", "", "يحمل"],
            ["تأكل", "تتناول", "", "تحمل"],
        ],
        &[
            ["تفاحة", "تفاحة", "فاكهة", "موزة"],
            ["الكعكة", "الكيك", "الطعام", "الحساء"],
        ],
    ),
    (
        [["يقرأ", "يطالع", "", "يكتب"], ["تقرأ", "تطالع", "", "تكتب"]],
        &[
            ["كتابا", "كتابا", "نصا", "رسالة"],
            ["الجريدة", "الصحيفة", "النص", "الخريطة"],
        ],
    ),
    (
        [
            ["يبني", "يشيد", "يهدم", "يصور"],
            ["تبني", "تشيد", "تهدم", "تصور"],
        ],
        &[
            ["البيت", "المنزل", "المبنى", "الجسر"],
            ["الجدار", "الحائط", "الحاجز", "الطريق"],
        ],
    ),
    (
        [
            ["يشتري", "يبتاع", "يبيع", "يصلح"],
            ["تشتري", "تبتاع", "تبيع", "تصلح"],
        ],
        &[
            ["قميصا", "قميصا", "ثوبا", "قبعة"],
            ["الهاتف", "الجوال", "الجهاز", "الساعة"],
        ],
    ),
];
pub(super) const HOW_AR: &[[Quality; 2]] = &[
    [["كبير", "ضخم", "صغير"], ["كبيرة", "ضخمة", "صغيرة"]],
    [["عجوز", "مسن", "شاب"], ["عجوز", "مسنة", "شابة"]],
    [["طويل", "طويل", "قصير"], ["طويلة", "طويلة", "قصيرة"]],
    [["سعيد", "مسرور", "حزين"], ["سعيدة", "مسرورة", "حزينة"]],
    [["قوي", "شديد", "ضعيف"], ["قوية", "شديدة", "ضعيفة"]],
    [["سريع", "سريع", "بطيء"], ["سريعة", "سريعة", "بطيئة"]],
];
pub(super) const EXTRA_AR: &[&str] = &[
    "في الحديقة",
    "قرب النهر",
    "على الشاطئ",
    "في السوق",
    "في المطبخ",
    "خلف البيت",
    "أمام الناس",
    "مع صديق",
    "بعناية",
    "تحت الشجرة",
];

pub(super) const THINGS: &[&str] = &[
    "The cache",
    "This library",
    "The new driver",
    "The free plan",
    "The parser",
    "The main server",
    "The index",
    "Our backup",
];
pub(super) const THINGS_AR: &[&str] = &[
    "الذاكرة المخبئية",
    "المكتبة",
    "الخدمة الجديدة",
    "الخطة المجانية",
    "القاعدة",
    "النسخة الاحتياطية",
];
pub(super) const TAILS: &[&str] = &[
    "for large files",
    "on older machines",
    "in most projects",
    "under heavy load",
    "for new users",
    "across regions",
];
pub(super) const TAILS_AR: &[&str] = &[
    "للملفات الكبيرة",
    "على الأجهزة القديمة",
    "في المشاريع الصغيرة",
    "تحت الضغط",
    "للمستخدمين الجدد",
];
pub(super) const STATES: &[Quality] = &[
    ["safe", "secure", "unsafe"],
    ["fast", "quick", "slow"],
    ["free", "gratis", "paid"],
    ["stable", "steady", "unstable"],
    ["required", "mandatory", "optional"],
    ["simple", "easy", "complex"],
    ["cheap", "inexpensive", "expensive"],
    ["valid", "correct", "invalid"],
    ["public", "open", "private"],
    ["enabled", "active", "disabled"],
];
pub(super) const STATES_AR: &[Quality] = &[
    ["آمنة", "مأمونة", "خطيرة"],
    ["سريعة", "سريعة", "بطيئة"],
    ["مجانية", "مجانية", "مدفوعة"],
    ["مستقرة", "ثابتة", "مضطربة"],
    ["بسيطة", "سهلة", "معقدة"],
    ["رخيصة", "رخيصة", "مكلفة"],
    ["مفيدة", "نافعة", "ضارة"],
];
pub(super) const UNITS: &[&str] = &[
    "users",
    "seconds",
    "megabytes",
    "rows",
    "dollars",
    "days",
    "threads",
    "requests",
];
pub(super) const UNITS_AR: &[&str] = &[
    "مستخدمين",
    "ثوان",
    "ميجابايت",
    "صفوف",
    "دولارات",
    "أيام",
    "طلبات",
];

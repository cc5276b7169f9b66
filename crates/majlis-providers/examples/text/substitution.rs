//! One word of a sentence put in another's place: what the judgement makes of it. Sentences and words
//! are our own; some of the words also stand in the lists of majlis-text, so this shows what breaks,
//! not how good it is on words never seen.

use majlis_text::{Inference, PairReading};

use super::Meaning;

/// A sentence with a gap, the word that stands in it, words that contradict it there, and words
/// that do not.
type Frame = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const ENGLISH: &[Frame] = &[
    (
        "The _ is parked in front of the house",
        "sedan",
        &["lorry", "tractor"],
        &["car", "vehicle"],
    ),
    (
        "A woman in a _ coat waits for the bus",
        "red",
        &["blue", "green"],
        &["crimson", "coloured"],
    ),
    (
        "The man bought a _ at the market",
        "potato",
        &["carrot", "cucumber"],
        &["vegetable"],
    ),
    (
        "She plays the _ in the evening",
        "violin",
        &["piano", "trumpet"],
        &["fiddle", "instrument"],
    ),
    (
        "They met in _ last year",
        "france",
        &["japan", "brazil"],
        &["europe"],
    ),
    (
        "The _ engineer fixed the bridge",
        "german",
        &["italian", "chinese"],
        &["european"],
    ),
    (
        "The table is made of _",
        "oak",
        &["steel", "glass"],
        &["wood"],
    ),
    (
        "The children are in the _",
        "kitchen",
        &["garage", "attic"],
        &["room", "house"],
    ),
    (
        "The shop opens on _",
        "monday",
        &["sunday", "friday"],
        &["weekdays"],
    ),
    (
        "The lake is _ in winter",
        "frozen",
        &["liquid", "warm"],
        &["icy"],
    ),
    (
        "The road to the village is _",
        "wide",
        &["narrow"],
        &["broad"],
    ),
    (
        "The boy is _ on the sofa",
        "sleeping",
        &["standing", "jumping"],
        &["resting"],
    ),
    (
        "The old man _ the door",
        "opened",
        &["closed", "locked"],
        &["touched"],
    ),
    (
        "A nurse drinks _ in the hall",
        "coffee",
        &["milk", "beer"],
        &["espresso", "beverage"],
    ),
    (
        "He finished in _ place",
        "second",
        &["third", "first"],
        &["runner-up"],
    ),
    (
        "The box holds _ apples",
        "twelve",
        &["five", "nine"],
        &["a dozen"],
    ),
    (
        "The answer of the clerk was _",
        "correct",
        &["wrong", "false"],
        &["right", "accurate"],
    ),
    (
        "The _ landed on the roof",
        "sparrow",
        &["eagle", "owl"],
        &["bird", "animal"],
    ),
    (
        "The firm _ its prices in spring",
        "raised",
        &["lowered", "reduced"],
        &["increased", "changed"],
    ),
    (
        "The hall was _ during the talk",
        "silent",
        &["noisy", "loud"],
        &["quiet"],
    ),
];

const ARABIC: &[Frame] = &[
    (
        "ترتدي المرأة معطفا _ أمام المحطة",
        "أحمر",
        &["أزرق", "أخضر"],
        &["قرمزيا", "ملونا"],
    ),
    ("الطريق إلى القرية _ جدا", "واسع", &["ضيق"], &["عريض"]),
    (
        "يفتح المتجر أبوابه يوم _",
        "الاثنين",
        &["الأحد", "الجمعة"],
        &[],
    ),
    (
        "يشرب الممرض _ في القاعة",
        "القهوة",
        &["الحليب", "العصير"],
        &["مشروبا"],
    ),
    (
        "قال الموظف إن الجواب _",
        "صحيح",
        &["خاطئ", "غلط"],
        &["سليم"],
    ),
    (
        "كانت القاعة _ أثناء المحاضرة",
        "هادئة",
        &["صاخبة"],
        &["ساكنة"],
    ),
    (
        "_ الشركة أسعارها في الربيع",
        "رفعت",
        &["خفضت"],
        &["زادت", "غيرت"],
    ),
    (
        "صنعت الطاولة من _",
        "الخشب",
        &["الزجاج", "الحديد"],
        &["خشب"],
    ),
    (
        "حل المتسابق في المركز _",
        "الثاني",
        &["الثالث", "الأول"],
        &[],
    ),
    (
        "الرجل العجوز _ في الغرفة",
        "نائم",
        &["مستيقظ", "واقف"],
        &["راقد"],
    ),
];

/// Prints how many of the contradictions are found, and how many false ones.
pub(crate) fn run(meaning: &mut Meaning) {
    for (language, frames) in [("en", ENGLISH), ("ar", ARABIC)] {
        let (found, all) = share(frames, meaning, |frame| frame.2);
        let (alarms, others) = share(frames, meaning, |frame| frame.3);
        println!(
            "word substitution {language}: recall {:.3} of {all}, false alarms {:.1} % of {others}",
            found / all,
            100.0 * alarms / others
        );
    }
}

fn share(
    frames: &[Frame],
    meaning: &mut Meaning,
    of: impl Fn(&Frame) -> &'static [&'static str],
) -> (f64, f64) {
    let (mut found, mut all) = (0.0, 0.0);
    for frame in frames {
        let first = frame.0.replace('_', frame.1);
        for word in of(frame) {
            let second = frame.0.replace('_', word);
            meaning.learn([first.as_str(), second.as_str()].into_iter());
            let pair = PairReading::new(&first, &second, meaning.cosine(&first, &second));
            all += 1.0;
            found += f64::from(u8::from(pair.judge().inference == Inference::Contradiction));
        }
    }
    (found, all)
}

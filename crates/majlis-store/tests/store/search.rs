//! Everything written is found by its words, however they are spelt; nothing else is.

use majlis_llm::{PicoUsd, Role};
use majlis_store::*;
use majlis_text::Language;
use proptest::prelude::*;
use rusqlite::Connection;

use crate::support::*;

fn request(query: &str) -> SearchRequest {
    SearchRequest::new(SearchTerms::parse(query).unwrap(), 50)
}

async fn page(store: &Store, request: SearchRequest) -> SearchPage {
    store.search(request).await.unwrap()
}

fn id(hit: &SearchHit) -> &str {
    match &hit.place {
        SearchPlace::Message { message_id, .. } => message_id,
        SearchPlace::Question { consultation_id } => consultation_id,
        SearchPlace::Member { member_id, .. } => member_id,
        SearchPlace::Synthesis { synthesis_id, .. } => synthesis_id,
        SearchPlace::Finding { finding_id, .. } => finding_id,
    }
}

/// The ids of what is found, newest first.
async fn found(store: &Store, request: SearchRequest) -> Vec<String> {
    let page = page(store, request).await;
    page.hits.iter().map(|hit| id(hit).to_owned()).collect()
}

async fn found_by(store: &Store, query: &str) -> Vec<String> {
    found(store, request(query)).await
}

async fn talk(store: &Store, id: &str, models: &[&str]) {
    store
        .create_conversation(conversation(id, models))
        .await
        .unwrap();
}

async fn say(store: &Store, conversation_id: &str, messages: Vec<NewMessage>) {
    store
        .append_messages(conversation_id, messages, 1)
        .await
        .unwrap();
}

/// Two spellings of one word each.
const PAIRS: [(&str, &str); 44] = [
    // Harakat, superscript alef, tatweel.
    ("كِتَابٌ", "كتاب"),
    ("مُدَرِّسَةٌ", "مدرسة"),
    ("عِلْمًا", "علما"),
    ("لٰكن", "لكن"),
    ("سـلام", "سلام"),
    ("مـــرحبا", "مرحبا"),
    // Hamza on its seats.
    ("أمل", "امل"),
    ("إيمان", "ايمان"),
    ("آمال", "امال"),
    ("ٱسم", "اسم"),
    ("لؤلؤ", "لولو"),
    ("قائد", "قايد"),
    // Ta marbuta and alef maqsura.
    ("مدينة", "مدينه"),
    ("خُطّة", "خطه"),
    ("مستشفى", "مستشفي"),
    ("ذكرى", "ذكري"),
    // Digits.
    ("٢٠٢٦", "2026"),
    ("۱۴۰۵", "1405"),
    ("٪٥٠", "50"),
    // Light prefixes.
    ("الحكومة", "حكومة"),
    ("والحكومة", "حكومه"),
    ("بالحكومة", "الحكومة"),
    ("كالحكومة", "حكومة"),
    ("فالحكومة", "والحكومة"),
    ("للحكومة", "الحكومه"),
    ("وَالأُسْرَةِ", "اسره"),
    // Presentation forms and ligatures.
    ("ﺳﻼﻡ", "سلام"),
    ("ﻻعب", "لاعب"),
    ("ﷲ", "الله"),
    // Persian letters of the same shape.
    ("کتاب", "كتاب"),
    ("علی", "على"),
    // English and other Latin.
    ("Rust", "rUST"),
    ("DATABASE", "database"),
    ("ｓｅｒｖｅｒ", "server"),
    ("１２３", "123"),
    ("café", "cafe"),
    ("cafe\u{301}", "CAFÉ"),
    ("naïve", "naive"),
    ("Zürich", "zurich"),
    ("İzmir", "izmir"),
    ("ﬁle", "file"),
    ("x²", "x2"),
    ("co\u{200B}operate", "cooperate"),
    ("ΣΟΦΟΣ", "σοφος"),
];

#[tokio::test]
async fn every_pair_of_spellings_finds_each_other_and_marks_what_was_written() {
    let (_folder, store) = fresh();
    talk(&store, "v", &["a/x"]).await;
    for (place, (one, other)) in PAIRS.iter().enumerate() {
        for (side, spelling) in [one, other].iter().enumerate() {
            let text = format!("قبل before {spelling} بعد after");
            say(
                &store,
                "v",
                vec![said(&format!("{place}-{side}"), "v-0", &text)],
            )
            .await;
        }
    }
    for (place, (one, other)) in PAIRS.iter().enumerate() {
        for query in [one, other] {
            let hits = page(&store, request(&format!("{query} "))).await.hits;
            for (side, written) in [one, other].iter().enumerate() {
                let wanted = format!("{place}-{side}");
                let hit = hits.iter().find(|hit| id(hit) == wanted);
                let hit = hit.unwrap_or_else(|| panic!("{query} does not find {written}"));
                let marked: String = hit
                    .snippet
                    .iter()
                    .filter(|part| part.mark)
                    .map(|part| part.text.as_str())
                    .collect();
                let sign = |c: char| c == '٪';
                assert_eq!(marked, written.trim_matches(sign), "{query}");
            }
        }
    }
}

#[tokio::test]
async fn no_query_speaks_the_language_of_the_index() {
    let (_folder, store) = fresh();
    talk(&store, "v", &["a/x"]).await;
    let hostile = [
        "\"quoted",
        "one AND two",
        "NOT one",
        "NEAR(one two, 3)",
        "words:one",
        ":kquestion",
        "one*",
        "one - two",
        "^one",
        "{tokens} : one",
        "'; DROP TABLE messages; --",
        "one\0two",
        "one OR OR",
        "(((",
        "a\u{301}\u{301}\u{301}",
    ];
    for query in hostile {
        match SearchTerms::parse(query) {
            Ok(terms) => {
                let page = page(&store, SearchRequest::new(terms, 10)).await;
                assert!(page.hits.is_empty(), "{query}");
            }
            Err(error) => assert_eq!(error, QueryError::Empty, "{query}"),
        }
    }
    // A filter's tag is not a word: only the word of that spelling is found.
    say(
        &store,
        "v",
        vec![said("m", "v-0", "a kquestion"), said("n", "v-0", "another")],
    )
    .await;
    assert_eq!(found_by(&store, ":kquestion").await, ["m"]);
    assert!(found_by(&store, "kanswer").await.is_empty());
}

#[tokio::test]
async fn an_answer_is_found_once_it_is_settled_or_recovered() {
    let (folder, store) = fresh();
    talk(&store, "v", &["openai/gpt-5"]).await;
    store.begin(turn("j", "v", "openai/gpt-5")).await.unwrap();
    store
        .flush_chunk(chunk("c-j", 0, "scattering", ""))
        .await
        .unwrap();
    assert_eq!(found_by(&store, "sky").await, ["q-j"]);
    assert!(found_by(&store, "scattering").await.is_empty());
    store
        .settle(settlement("c-j", "The air does the scattering"))
        .await
        .unwrap();
    let hits = page(&store, request("scattering")).await.hits;
    assert_eq!(
        hits,
        [SearchHit {
            kind: DocumentKind::Answer,
            place: SearchPlace::Message {
                conversation_id: "v".to_owned(),
                channel_id: "v-0".to_owned(),
                message_id: "a-j".to_owned(),
            },
            title: "about v".to_owned(),
            snippet: vec![
                SnippetPart {
                    text: "The air does the ".to_owned(),
                    mark: false
                },
                SnippetPart {
                    text: "scattering".to_owned(),
                    mark: true
                },
            ],
            model: Some("openai/gpt-5".to_owned()),
            language: Some(Language::En),
            cost: Some(PicoUsd(123)),
            created_at_ms: 2_000,
        }]
    );
    // Reasoning is not an answer.
    assert!(found_by(&store, "because").await.is_empty());

    store.begin(turn("k", "v", "openai/gpt-5")).await.unwrap();
    store
        .flush_chunk(chunk("c-k", 0, "half an answer", ""))
        .await
        .unwrap();
    drop(store);
    let store = open(&folder.path().join("data"), 2);
    store.recover(9_000, &[]).await.unwrap();
    assert_eq!(found_by(&store, "half").await, ["a-k"]);
}

#[tokio::test]
async fn a_consultation_is_found_by_question_context_and_answers() {
    let (_folder, store) = fresh();
    store.begin(consultation("s", &["a/x"])).await.unwrap();
    assert_eq!(found_by(&store, "زرقاء").await, ["s"]);
    assert_eq!(found_by(&store, "earth").await, ["s"]);
    assert_eq!(found_by(&store, "بالتأكيد").await, ["s-pasted"]);
    store
        .settle(settlement("c-s-0", "It scatters"))
        .await
        .unwrap();
    let hits = page(&store, request("scatters")).await.hits;
    assert_eq!(
        hits[0].place,
        SearchPlace::Member {
            consultation_id: "s".to_owned(),
            member_id: "s-0".to_owned()
        }
    );
    assert_eq!(hits[0].model.as_deref(), Some("a/x"));
}

#[tokio::test]
async fn what_is_deleted_is_found_no_more() {
    let (folder, store) = fresh();
    talk(&store, "v", &["a/x"]).await;
    talk(&store, "w", &["a/x"]).await;
    say(&store, "v", vec![said("m", "v-0", "shared secret")]).await;
    say(&store, "w", vec![said("n", "w-0", "shared notes")]).await;
    store.begin(consultation("s", &["a/x"])).await.unwrap();
    store.delete_conversation("v").await.unwrap();
    store.delete_consultation("s").await.unwrap();
    assert!(found_by(&store, "secret").await.is_empty());
    assert!(found_by(&store, "زرقاء").await.is_empty());
    assert_eq!(found_by(&store, "shared").await, ["n"]);
    store.close().await;
    // Nothing of it is left in the index either.
    let database = Connection::open(folder.path().join("data/majlis.db")).unwrap();
    let count = |sql: &str| -> i64 { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM search_documents"), 1);
    assert_eq!(
        count("SELECT count(*) FROM search_index WHERE search_index MATCH '\"secret\"'"),
        0
    );
}

/// Answers in two conversations that differ in everything that can be filtered by.
async fn library(store: &Store) {
    talk(store, "v", &["a/One", "b/two"]).await;
    let answer = |id: &str, channel: &str, what: &str, at_ms| NewMessage {
        created_at_ms: at_ms,
        ..said(id, channel, what)
    };
    say(
        store,
        "v",
        vec![
            answer("q1", "v-0", "What does an apple cost here?", 1_000),
            answer("q2", "v-0", "تفاحة apple في السوق كم سعرها", 2_000),
        ],
    )
    .await;
    for (place, model, cost, text) in [
        (
            3,
            "a/One",
            Some(PicoUsd(100)),
            "An apple is a fruit of a tree.",
        ),
        (
            4,
            "b/two",
            Some(PicoUsd(120)),
            "التفاحة apple ثمرة من ثمار الشجر",
        ),
        (5, "b/two", None, "An apple falls down to the ground."),
    ] {
        let job = format!("j{place}");
        let mut begin = turn(&job, "v", model);
        if let Subject::Turn { messages, .. } = &mut begin.subject {
            messages.remove(0);
            messages[0].created_at_ms = place * 1_000;
        }
        store.begin(begin).await.unwrap();
        let settled = Settlement {
            cost,
            ..settlement(&format!("c-{job}"), text)
        };
        store.settle(settled).await.unwrap();
    }
}

fn apple() -> SearchRequest {
    request("apple ")
}

async fn check_filters(filters: Vec<(SearchRequest, &[&str])>) {
    let (_folder, store) = fresh();
    library(&store).await;
    for (filter, expected) in filters {
        assert_eq!(found(&store, filter.clone()).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn a_kind_a_model_and_a_language_leave_what_is_of_all_of_them() {
    let kind = |kind| SearchRequest {
        kind: Some(kind),
        ..apple()
    };
    let model = |model: &str| SearchRequest {
        model: Some(model.to_owned()),
        ..apple()
    };
    let arabic = |request| SearchRequest {
        language: Some(Language::Ar),
        ..request
    };
    check_filters(vec![
        (apple(), &["a-j5", "a-j4", "a-j3", "q2", "q1"]),
        (kind(DocumentKind::Question), &["q2", "q1"]),
        (kind(DocumentKind::Finding), &[]),
        (model("b/two"), &["a-j5", "a-j4"]),
        (model("a/One"), &["a-j3"]),
        (model("a/one"), &[]),
        (arabic(apple()), &["a-j4", "q2"]),
        (arabic(kind(DocumentKind::Answer)), &["a-j4"]),
        (arabic(model("a/One")), &[]),
    ])
    .await;
}

#[tokio::test]
async fn a_range_of_time_or_cost_leaves_what_is_known_to_be_inside() {
    let time = |since_ms, until_ms| SearchRequest {
        since_ms,
        until_ms,
        ..apple()
    };
    let cost = |min: Option<i128>, max: Option<i128>| SearchRequest {
        min_cost: min.map(PicoUsd),
        max_cost: max.map(PicoUsd),
        ..apple()
    };
    check_filters(vec![
        (time(Some(2_000), Some(4_000)), &["a-j3", "q2"]),
        (time(Some(i64::MIN), Some(1_001)), &["q1"]),
        (time(Some(i64::MAX), None), &[]),
        (cost(Some(0), None), &["a-j4", "a-j3"]),
        (cost(Some(101), None), &["a-j4"]),
        (cost(None, Some(119)), &["a-j3"]),
        (cost(Some(200), Some(1)), &[]),
        (cost(Some(-i128::MAX), Some(i128::MAX)), &["a-j4", "a-j3"]),
        (cost(Some(i128::MAX), None), &[]),
    ])
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_newest_first_whatever_was_written_first() {
    let (_folder, store) = fresh();
    talk(&store, "v", &["a/x"]).await;
    // An import brings old texts late; more of one moment than it has room for.
    let times = [5_000, 1_000, 3_000]
        .into_iter()
        .chain(std::iter::repeat_n(2_000, 300));
    let messages = times
        .enumerate()
        .map(|(place, at_ms)| NewMessage {
            created_at_ms: at_ms,
            ..said(&format!("{place:03}"), "v-0", &format!("word {place}"))
        })
        .collect();
    say(&store, "v", messages).await;
    let mut ids = Vec::new();
    let mut before = None;
    loop {
        let limit = 7;
        let page = page(
            &store,
            SearchRequest {
                before,
                limit,
                ..request("word ")
            },
        )
        .await;
        assert!(page.hits.len() == 7 || page.next.is_none());
        ids.extend(page.hits.iter().map(|hit| id(hit).to_owned()));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let expected: Vec<String> = [0, 2]
        .into_iter()
        .chain((3..303).rev())
        .chain([1])
        .map(|place| format!("{place:03}"))
        .collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_question_put_to_several_models_is_found_once() {
    let (_folder, store) = fresh();
    talk(&store, "v", &["a/x", "b/y", "c/z"]).await;
    let turn = |name: &str| {
        (0..3)
            .map(|place| {
                said(
                    &format!("{name}{place}"),
                    &format!("v-{place}"),
                    "same words",
                )
            })
            .collect::<Vec<_>>()
    };
    say(&store, "v", turn("m")).await;
    let later = turn("n").into_iter().map(|message| NewMessage {
        created_at_ms: 9_000,
        ..message
    });
    say(&store, "v", later.collect()).await;
    assert_eq!(found_by(&store, "same").await, ["n2", "m2"]);
    let first = page(
        &store,
        SearchRequest {
            limit: 1,
            ..request("same")
        },
    )
    .await;
    let second = page(
        &store,
        SearchRequest {
            before: first.next,
            limit: 1,
            ..request("same")
        },
    )
    .await;
    assert_eq!((id(&second.hits[0]), second.next), ("m2", None));
}

#[tokio::test]
async fn the_last_word_may_be_unfinished_and_roles_of_machinery_are_not_found() {
    let (_folder, store) = fresh();
    talk(&store, "v", &["a/x"]).await;
    let system = NewMessage {
        role: Role::System,
        ..said("s", "v-0", "databases rule")
    };
    say(
        &store,
        "v",
        vec![system, said("m", "v-0", "Databases keep records")],
    )
    .await;
    assert_eq!(found_by(&store, "keep datab").await, ["m"]);
    assert!(found_by(&store, "keep datab ").await.is_empty());
    assert!(found_by(&store, "datab keep").await.is_empty());
    assert!(found_by(&store, "da").await.is_empty());
    // A word that is there as it is means itself.
    say(&store, "v", vec![said("n", "v-0", "datab keep")]).await;
    assert_eq!(found_by(&store, "keep datab").await, ["n"]);
}

#[tokio::test]
async fn what_was_there_before_the_index_is_found_when_the_backlog_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.db");
    let old = Connection::open(&path).unwrap();
    old.pragma_update(None, "foreign_keys", false).unwrap();
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/v1.sql");
    old.execute_batch(&std::fs::read_to_string(fixture).unwrap())
        .unwrap();
    drop(old);
    let store = open(folder.path(), 1);
    let before = page(&store, request("سؤال")).await;
    assert_eq!((before.hits.len(), before.is_indexing), (0, true));
    // It goes on where another process stopped, and writes in between are found at once.
    assert!(store.index_backlog().await.unwrap());
    say(&store, "v", vec![said("new", "v-0", "سؤال جديد")]).await;
    drop(store);
    let store = open(folder.path(), 2);
    while store.index_backlog().await.unwrap() {}
    assert!(!store.has_backlog().await.unwrap());
    let after = page(&store, request("سؤال")).await;
    assert!(!after.is_indexing);
    assert_eq!(found_by(&store, "سؤال").await, ["new", "m"]);
    assert_eq!(found_by(&store, "rayleigh").await, ["a-j"]);
    assert_eq!(found_by(&store, "زرقاء").await, ["s"]);
    assert_eq!(found_by(&store, "بالتأكيد").await, ["s-pasted"]);
    // What was being written then is found when it is brought to an end.
    assert!(found_by(&store, "half").await.is_empty());
    store.recover(9_000, &[]).await.unwrap();
    assert_eq!(found_by(&store, "half").await, ["s-1"]);
}

#[tokio::test]
async fn conclusions_and_findings_are_found_in_the_backlog() {
    let (folder, store) = fresh();
    store.begin(consultation("s", &["a/x"])).await.unwrap();
    store.close().await;
    let database = Connection::open(folder.path().join("data/majlis.db")).unwrap();
    database
        .execute_batch(
            r#"INSERT INTO syntheses VALUES (1, 'y', 1, 1, 'a/x', 'complete', NULL, 1, NULL, '{"text": "So it concludes"}');
            INSERT INTO agent_executions VALUES (1, 'e', 'python-audit', 'complete', NULL, 7, 8, 'src', '{}', NULL);
            INSERT INTO findings VALUES (1, 'f', 1, 'print', NULL, NULL, 'security', 'high', 'a.py', 3, 4, 'Dangerous eval', '{"why": ["concludes badly"]}');
            INSERT INTO search_backlog VALUES ('synthesis', 2), ('finding', 2);"#,
        )
        .unwrap();
    drop(database);
    let store = open(&folder.path().join("data"), 2);
    while store.index_backlog().await.unwrap() {}
    let hits = page(&store, request("concludes")).await.hits;
    assert_eq!(
        hits.iter().map(|hit| hit.place.clone()).collect::<Vec<_>>(),
        [
            SearchPlace::Finding {
                execution_id: "e".to_owned(),
                finding_id: "f".to_owned()
            },
            SearchPlace::Synthesis {
                consultation_id: "s".to_owned(),
                synthesis_id: "y".to_owned()
            },
        ]
    );
    assert_eq!(
        (hits[0].title.as_str(), hits[1].model.as_deref()),
        ("Dangerous eval", Some("a/x"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_word_of_a_stored_text_finds_it_until_it_is_deleted(
        texts in prop::collection::vec("[\\PC]{0,60}|([a-zA-Zéß0-9]{1,9}[ ,.'_-]){1,8}|([ءآأؤإئابةتجحدرسشعغفقكلمنهوىيَُِّْـ]{1,9}[ ،.]){1,8}", 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(check_words(&texts));
    }
}

async fn check_words(texts: &[String]) {
    let (_folder, store) = fresh();
    for (place, text) in texts.iter().enumerate() {
        let id = format!("v{place}");
        talk(&store, &id, &["a/x"]).await;
        say(
            &store,
            &id,
            vec![said(&format!("m{place}"), &format!("{id}-0"), text)],
        )
        .await;
    }
    for (place, text) in texts.iter().enumerate() {
        let wanted = format!("m{place}");
        for word in text.split_whitespace() {
            // A word as it was typed, and the same as it would be looked up.
            let Ok(terms) = SearchTerms::parse(word) else {
                continue;
            };
            let ids = found(&store, SearchRequest::new(terms, 50)).await;
            assert!(ids.contains(&wanted), "{word:?} of {text:?}");
        }
    }
    let id = "v0";
    store.delete_conversation(id).await.unwrap();
    for word in texts[0].split_whitespace() {
        if SearchTerms::parse(word).is_ok() {
            assert!(!found_by(&store, word).await.contains(&"m0".to_owned()));
        }
    }
}

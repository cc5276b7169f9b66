//! Conversations, channels, messages, settings.

use std::collections::BTreeMap;

use majlis_store::*;
use serde_json::json;

use crate::support::*;

async fn listed(store: &Store, limit: u32) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.conversations(limit, cursor).await.unwrap();
        pages.push(page.items.into_iter().map(|row| row.id).collect());
        cursor = page.next;
        if cursor.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn a_list_shows_pinned_ones_first_and_every_one_once() {
    let (_folder, store) = fresh();
    assert_eq!(listed(&store, 2).await, [Vec::<String>::new()]);
    for id in ["a", "b", "c", "d", "e"] {
        store
            .create_conversation(conversation(id, &[]))
            .await
            .unwrap();
    }
    for id in ["b", "d"] {
        let pin = ConversationChange {
            pinned: Some(true),
            title: None,
        };
        assert!(
            store
                .update_conversation(id, pin, 1_500)
                .await
                .unwrap()
                .pinned
        );
    }
    for (limit, pages) in [
        (
            1,
            vec![vec!["d"], vec!["b"], vec!["e"], vec!["c"], vec!["a"]],
        ),
        (2, vec![vec!["d", "b"], vec!["e", "c"], vec!["a"]]),
        (3, vec![vec!["d", "b", "e"], vec!["c", "a"]]),
        (5, vec![vec!["d", "b", "e", "c", "a"]]),
    ] {
        assert_eq!(listed(&store, limit).await, pages, "{limit} on a page");
    }
}

#[tokio::test]
async fn a_change_leaves_what_it_does_not_name() {
    let (_folder, store) = fresh();
    let made = store
        .create_conversation(conversation("v", &["a/x"]))
        .await
        .unwrap();
    let rename = ConversationChange {
        title: Some("مجلس".to_owned()),
        pinned: None,
    };
    let renamed = store.update_conversation("v", rename, 9_000).await.unwrap();
    let expected = ConversationRow {
        title: "مجلس".to_owned(),
        updated_at_ms: 9_000,
        ..made
    };
    assert_eq!(renamed, expected);
    // A clock that jumped back does not make a conversation older.
    let nothing = store
        .update_conversation("v", ConversationChange::default(), 1)
        .await
        .unwrap();
    assert_eq!(nothing, expected);
    let missing = store
        .update_conversation("w", ConversationChange::default(), 1)
        .await
        .unwrap_err();
    assert!(matches!(
        missing.kind,
        StoreErrorKind::NotFound {
            what: "conversation",
            ..
        }
    ));
    assert_eq!(
        missing.message,
        "cannot change a conversation: there is no conversation w"
    );
    let twice = store
        .create_conversation(conversation("v", &[]))
        .await
        .unwrap_err();
    assert_eq!(twice.kind, StoreErrorKind::Conflict);
}

#[tokio::test]
async fn channels_come_change_and_go_while_what_was_said_stays() {
    let (_folder, store) = fresh();
    store
        .create_conversation(conversation("v", &["a/x", "a/y"]))
        .await
        .unwrap();
    store
        .append_messages("v", vec![said("m", "v-0", "hello")], 2_000)
        .await
        .unwrap();
    let added = NewChannel {
        id: "v-2".to_owned(),
        model: model("b/z:free"),
    };
    let row = store.add_channel("v", added.clone(), 2_500).await.unwrap();
    assert_eq!((row.position, row.model.as_str()), (2, "b/z:free"));
    assert_eq!(
        store.add_channel("v", added, 2_500).await.unwrap_err().kind,
        StoreErrorKind::Conflict
    );
    let changed = store
        .set_channel_model("v", "v-0", model("c/w"), 2_600)
        .await
        .unwrap();
    assert_eq!((changed.position, changed.model.as_str()), (0, "c/w"));
    store.remove_channel("v", "v-1", 2_700).await.unwrap();

    let read = store.conversation("v", 10).await.unwrap().unwrap();
    let models: Vec<_> = read.row.models.iter().map(ToString::to_string).collect();
    assert_eq!(models, ["c/w", "b/z:free"]);
    assert_eq!(read.row.updated_at_ms, 2_700);
    assert_eq!(read.channels[0].messages[0].text(), "hello");
    let gone = store.remove_channel("v", "v-1", 2_800).await.unwrap_err();
    assert!(matches!(
        gone.kind,
        StoreErrorKind::NotFound {
            what: "channel",
            ..
        }
    ));
    let elsewhere = store
        .set_channel_model("w", "v-0", model("a/x"), 1)
        .await
        .unwrap_err();
    assert!(matches!(
        elsewhere.kind,
        StoreErrorKind::NotFound {
            what: "conversation",
            ..
        }
    ));
    let unsaid = store
        .append_messages("v", vec![said("n", "v-1", "x")], 1)
        .await
        .unwrap_err();
    assert!(matches!(
        unsaid.kind,
        StoreErrorKind::NotFound {
            what: "channel",
            ..
        }
    ));
}

#[tokio::test]
async fn a_conversation_has_64_channels_at_most() {
    let (_folder, store) = fresh();
    store
        .create_conversation(conversation("v", &["a/x"; 64]))
        .await
        .unwrap();
    let more = NewChannel {
        id: "more".to_owned(),
        model: model("a/x"),
    };
    let refused = store.add_channel("v", more, 1).await.unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Conflict);
    assert_eq!(
        refused.message,
        "cannot add a channel: conversation v has 64 channels already"
    );
}

#[tokio::test]
async fn messages_page_back_from_the_newest() {
    let (_folder, store) = fresh();
    store
        .create_conversation(conversation("v", &["a/x"]))
        .await
        .unwrap();
    let messages = (1..=7)
        .map(|n| said(&format!("m{n}"), "v-0", "…"))
        .collect();
    store.append_messages("v", messages, 2_000).await.unwrap();
    let (mut cursor, mut pages) = (None, Vec::new());
    loop {
        let page = store.messages("v-0", cursor, 3).await.unwrap();
        pages.push(
            page.items
                .iter()
                .map(|row| row.sequence)
                .collect::<Vec<_>>(),
        );
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, [vec![5, 6, 7], vec![2, 3, 4], vec![1]]);
    let last_two = store
        .conversation("v", 2)
        .await
        .unwrap()
        .unwrap()
        .channels
        .remove(0)
        .messages;
    let chain: Vec<_> = last_two
        .iter()
        .map(|row| row.parent_id.as_deref())
        .collect();
    assert_eq!(chain, [Some("m5"), Some("m6")]);
    assert!(
        store
            .messages("nobody", None, 3)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(store.conversation("nobody", 3).await.unwrap().is_none());
}

#[tokio::test]
async fn appended_messages_are_kept_all_or_none() {
    let (_folder, store) = fresh();
    store
        .create_conversation(conversation("v", &["a/x"]))
        .await
        .unwrap();
    let twice = vec![said("m", "v-0", "first"), said("m", "v-0", "again")];
    assert_eq!(
        store.append_messages("v", twice, 1).await.unwrap_err().kind,
        StoreErrorKind::Conflict
    );
    assert!(messages(&store, "v").await.is_empty());
}

#[tokio::test]
async fn settings_are_json_by_name() {
    let (_folder, store) = fresh();
    assert_eq!(store.setting("language").await.unwrap(), None);
    let first = BTreeMap::from([
        ("language".to_owned(), json!("ar")),
        ("theme".to_owned(), json!({"name": "dark"})),
    ]);
    store.set_settings(first.clone(), 1).await.unwrap();
    assert_eq!(store.settings().await.unwrap(), first);
    store
        .set_settings(BTreeMap::from([("language".to_owned(), json!(null))]), 2)
        .await
        .unwrap();
    assert_eq!(store.setting("language").await.unwrap(), Some(json!(null)));
    let nameless = BTreeMap::from([("kept".to_owned(), json!(1)), (String::new(), json!(1))]);
    assert_eq!(
        store.set_settings(nameless, 3).await.unwrap_err().kind,
        StoreErrorKind::Internal
    );
    assert_eq!(store.setting("kept").await.unwrap(), None);
}

/// The texts a channel shows, oldest first, each with how many versions stand in its place.
async fn shown(store: &Store) -> Vec<(String, usize)> {
    let page = store.messages("v-0", None, 50).await.unwrap();
    page.items
        .iter()
        .map(|message| (message.text(), message.versions.len()))
        .collect()
}

fn instead(id: &str, of: &str, what: &str) -> NewMessage {
    NewMessage {
        after: After::Instead(of.to_owned()),
        ..said(id, "v-0", what)
    }
}

#[tokio::test]
async fn another_version_of_a_message_opens_a_branch_and_the_old_one_can_be_shown_again() {
    let (_folder, store) = fresh();
    store
        .create_conversation(conversation("v", &["openai/gpt-5"]))
        .await
        .unwrap();
    let say = async |message| store.append_messages("v", vec![message], 1).await;
    for id in ["a", "b", "c"] {
        say(said(id, "v-0", id)).await.unwrap();
    }
    say(instead("b2", "b", "b2")).await.unwrap();
    say(said("d", "v-0", "d")).await.unwrap();
    let texts = |list: &[(&str, usize)]| -> Vec<(String, usize)> {
        list.iter()
            .map(|(text, versions)| ((*text).to_owned(), *versions))
            .collect()
    };
    assert_eq!(shown(&store).await, texts(&[("a", 1), ("b2", 2), ("d", 1)]));

    store.show_branch("v", "b", 2).await.unwrap();
    assert_eq!(shown(&store).await, texts(&[("a", 1), ("b", 2), ("c", 1)]));
    say(instead("a2", "a", "a2")).await.unwrap();
    assert_eq!(shown(&store).await, texts(&[("a2", 2)]));
    store.show_branch("v", "a", 3).await.unwrap();
    assert_eq!(shown(&store).await, texts(&[("a", 2), ("b2", 2), ("d", 1)]));

    let missing = say(instead("e", "nothing", "e")).await.unwrap_err();
    assert!(matches!(
        missing.kind,
        StoreErrorKind::NotFound {
            what: "message",
            ..
        }
    ));
    let elsewhere = store.show_branch("w", "a", 4).await.unwrap_err();
    assert!(matches!(elsewhere.kind, StoreErrorKind::NotFound { .. }));
    let first = store.messages("v-0", None, 1).await.unwrap();
    let rest = store.messages("v-0", first.next, 50).await.unwrap();
    assert_eq!(
        (first.items.len(), rest.items.len(), rest.next),
        (1, 2, None)
    );
}

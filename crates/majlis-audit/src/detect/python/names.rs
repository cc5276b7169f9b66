//! What names say of a value.

/// The words of `snake_case`, `camelCase` and `SHOUTING_CASE`, in small letters.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars() {
        let is_large = letter.is_uppercase();
        if !letter.is_alphanumeric() || (is_large && was_small) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        was_small = letter.is_lowercase() || letter.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a name is that of a password or key itself (not of its length, its field, its page).
pub(super) fn is_credential(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else {
        return false;
    };
    let before = words.len().checked_sub(2).and_then(|at| words.get(at));
    match last.as_str() {
        "password" | "passwd" | "pwd" | "passphrase" | "secret" | "apikey" | "passcode" => true,
        "key" => before.is_some_and(|word| {
            matches!(
                word.as_str(),
                "api" | "secret" | "access" | "private" | "encryption" | "signing" | "jwt"
            )
        }),
        "token" => before.is_some_and(|word| {
            matches!(
                word.as_str(),
                "auth" | "access" | "api" | "bearer" | "secret" | "refresh" | "bot"
            )
        }),
        _ => false,
    }
}

/// Whether a value of this name must not be guessed.
pub(super) fn must_be_random(name: &str) -> bool {
    words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "token"
                | "password"
                | "passwd"
                | "secret"
                | "otp"
                | "nonce"
                | "salt"
                | "csrf"
                | "passcode"
                | "passphrase"
                | "apikey"
                | "captcha"
                | "totp"
                | "pin"
        )
    }) || has_pair(name, "session", "id")
        || has_pair(name, "session", "key")
        || has_pair(name, "api", "key")
        || has_pair(name, "secret", "key")
        || has_pair(name, "reset", "code")
        || has_pair(name, "verification", "code")
        || has_pair(name, "auth", "code")
        || has_pair(name, "remember", "me")
        || has_pair(name, "encryption", "key")
}

fn has_pair(name: &str, first: &str, second: &str) -> bool {
    words(name)
        .windows(2)
        .any(|pair| pair[0] == first && pair[1] == second)
}

/// Whether a value of this name does not belong into a log.
pub(super) fn is_confidential(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else {
        return false;
    };
    matches!(
        last.as_str(),
        "password" | "passwd" | "pwd" | "passphrase" | "secret" | "apikey" | "ssn" | "cvv"
    ) || is_credential(name)
        || has_pair(name, "card", "number")
        || has_pair(name, "credit", "card")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_its_value_is() {
        assert_eq!(words("DB_userPassword2"), ["db", "user", "password2"]);
        for name in [
            "password",
            "DB_PASSWORD",
            "apiKey",
            "client_secret",
            "auth_token",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in [
            "password_field",
            "token",
            "key",
            "secret_length",
            "passwords",
            "csrf_token",
        ] {
            assert!(!is_credential(name), "{name}");
        }
        assert!(must_be_random("sessionId") && must_be_random("reset_token"));
        assert!(!must_be_random("session") && !must_be_random("pinned"));
        assert!(is_confidential(
            "user.credit_card_number".rsplit('.').next().unwrap()
        ));
    }
}

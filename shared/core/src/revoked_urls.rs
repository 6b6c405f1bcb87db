//! The revoked call URLs of a user: a list that never grows beyond a bound, and never refuses a
//! link.

use crate::{
    UnixSeconds, UrlId,
    limits::{CALL_URL_LIFETIME_MAX, REVOKED_URLS_PER_USER},
};

/// The revoked call URLs of one user.
///
/// A link that has leaked must be revocable, however many were revoked before, and the stored list
/// must not grow without bound. So if the list is full, the two revocations whose links were made
/// closest together are united into one of all links that were made from the first to the second. A
/// link between the two that was not revoked ends with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedUrls(Vec<Revocation>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Revocation {
    of: Revoked,
    /// The first second at which all links that it names are expired. `None` means that it can't be
    /// read, so it counts for ever.
    expires_at: Option<UnixSeconds>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Revoked {
    /// One link.
    Url(UrlId),
    /// All links that were made from the first of these moments to the second.
    MadeBetween(UnixSeconds, UnixSeconds),
    /// All links of the first format, which does not say when they were made.
    MadeAtUnknownTime,
}

impl RevokedUrls {
    /// Reads the texts that [`RevokedUrls::texts`] has written. A text that can't be read names no
    /// link. If the link can be read and its expiry can't, the link is revoked.
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(texts.into_iter().filter_map(Revocation::from_text).collect())
    }

    /// Returns the text of one link's revocation, for the list of a user that has room for it.
    pub fn text(url: UrlId, expires_at: UnixSeconds) -> String {
        Revocation { of: Revoked::Url(url), expires_at: Some(expires_at) }.to_text()
    }

    /// Returns the texts that are stored: one for each revocation.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(Revocation::to_text).collect()
    }

    /// Returns whether a link is revoked. `made_at` is the moment at which it was made, if known.
    pub fn is_revoked(&self, url: UrlId, made_at: Option<UnixSeconds>) -> bool {
        self.0.iter().any(|revocation| match (revocation.of, made_at) {
            (Revoked::Url(revoked), _) => revoked == url,
            (Revoked::MadeBetween(from, to), Some(made_at)) => (from..=to).contains(&made_at),
            (Revoked::MadeAtUnknownTime, None) => true,
            (Revoked::MadeBetween(..), None) | (Revoked::MadeAtUnknownTime, Some(_)) => false,
        })
    }

    /// Returns the list with one more link, and without those that have expired by `past`: at most
    /// [`REVOKED_URLS_PER_USER`] revocations.
    pub fn with(mut self, url: UrlId, expires_at: UnixSeconds, past: UnixSeconds) -> Self {
        self.0.retain(|revocation| revocation.expires_at.is_none_or(|end| past < end));
        let added = Revocation { of: Revoked::Url(url), expires_at: Some(expires_at) };
        match self.0.iter_mut().find(|revocation| revocation.has(&added)) {
            Some(present) => present.expires_at = present.expires_at.max(added.expires_at),
            None => self.0.push(added),
        }
        while self.0.len() > REVOKED_URLS_PER_USER && self.unite_two() {}
        self
    }

    /// Unites two revocations. Returns `false` if there are no two.
    fn unite_two(&mut self) -> bool {
        let Some((first, second)) = self.closest().or_else(|| self.two_made_at_unknown_time())
        else {
            return false;
        };
        let other = self.0.swap_remove(first.max(second));
        let kept = &mut self.0[first.min(second)];
        kept.of = match (kept.span(), other.span()) {
            (Some(one), Some(other)) => {
                Revoked::MadeBetween(one.0.min(other.0), one.1.max(other.1))
            }
            _ => Revoked::MadeAtUnknownTime,
        };
        kept.expires_at = kept.expires_at.zip(other.expires_at).map(|(one, other)| one.max(other));
        true
    }

    /// Returns the two whose links were made with the least time between them.
    fn closest(&self) -> Option<(usize, usize)> {
        let spans = self.0.iter().enumerate();
        let mut spans: Vec<_> = spans.filter_map(|(at, it)| Some((it.span()?, at))).collect();
        spans.sort_unstable();
        let pairs = spans.windows(2).filter_map(|pair| match pair {
            [((_, end), first), ((begin, _), second)] => Some((begin.since(*end), *first, *second)),
            _ => None,
        });
        pairs.min().map(|(_, first, second)| (first, second))
    }

    fn two_made_at_unknown_time(&self) -> Option<(usize, usize)> {
        let unknown = self.0.iter().enumerate().filter(|(_, it)| it.span().is_none());
        let mut unknown = unknown.map(|(at, _)| at);
        unknown.next().zip(unknown.next())
    }
}

impl Revocation {
    /// Returns whether it names the link of `other` as well.
    fn has(&self, other: &Self) -> bool {
        match (self.of, other.span()) {
            (Revoked::MadeBetween(from, to), Some((made_at, _))) => (from..=to).contains(&made_at),
            _ => self.of == other.of,
        }
    }

    /// Returns the first and the last moment at which its links were made; `None` if that is
    /// unknown.
    fn span(&self) -> Option<(UnixSeconds, UnixSeconds)> {
        match self.of {
            Revoked::MadeBetween(from, to) => Some((from, to)),
            Revoked::MadeAtUnknownTime => None,
            Revoked::Url(url) => {
                let expires_at = self.expires_at?;
                let made_at = url.made_at(expires_at);
                // The id of a link of the first format is random. Read as a moment, it is nearly
                // always one at which no link was made that would still be good.
                let is_plausible = expires_at.since(made_at) <= CALL_URL_LIFETIME_MAX;
                is_plausible.then_some((made_at, made_at))
            }
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        let (of, end) = text.split_once(' ').unwrap_or((text, ""));
        Some(Self { of: Revoked::from_text(of)?, expires_at: seconds(end) })
    }

    fn to_text(&self) -> String {
        let of = match self.of {
            Revoked::Url(url) => url.to_string(),
            Revoked::MadeBetween(from, to) => format!("{}:{}", from.get(), to.get()),
            Revoked::MadeAtUnknownTime => ":".to_owned(),
        };
        match self.expires_at {
            Some(expires_at) => format!("{of} {}", expires_at.get()),
            None => of,
        }
    }
}

impl Revoked {
    fn from_text(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None => text.parse().ok().map(Self::Url),
            Some(("", "")) => Some(Self::MadeAtUnknownTime),
            Some((from, to)) => Some(Self::MadeBetween(seconds(from)?, seconds(to)?)),
        }
    }
}

fn seconds(text: &str) -> Option<UnixSeconds> {
    UnixSeconds::try_from(text.parse::<u64>().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_800_000_000;
    const MONTH: u64 = CALL_URL_LIFETIME_MAX.as_secs();

    fn second(second: u64) -> UnixSeconds {
        UnixSeconds::try_from(second).unwrap()
    }

    /// Returns the id of a link that was made so many seconds before [`NOW`].
    fn link(age: u64, random: u8) -> UrlId {
        UrlId::new(second(NOW - age), [random; 4])
    }

    fn empty() -> RevokedUrls {
        RevokedUrls::from_texts([])
    }

    #[test]
    fn a_full_list_takes_another_link_and_gives_up_as_little_as_it_can() {
        let mut revoked = empty();
        // One link each hour, except two links that are a second apart.
        let ages: Vec<u64> =
            (0..REVOKED_URLS_PER_USER as u64).map(|number| number * 3600 + 10).collect();
        for age in ages.iter().copied().chain([11]) {
            revoked = revoked.with(link(age, 1), second(NOW - age + MONTH), second(NOW));
        }
        assert_eq!(revoked.texts().len(), REVOKED_URLS_PER_USER);
        let is_revoked =
            |age, random| revoked.is_revoked(link(age, random), Some(second(NOW - age)));
        assert!(ages.iter().all(|age| is_revoked(*age, 1)) && is_revoked(11, 1));
        assert!(is_revoked(11, 2), "another one, made in the same second");
        for age in [9, 12, 3600, 3610 + 3600 * 1000] {
            assert!(!is_revoked(age, 2), "{age}");
        }
        assert!(!revoked.is_revoked(link(11, 2), None), "of the first format");
    }

    #[test]
    fn a_link_that_is_revoked_again_costs_no_other_one() {
        let mut revoked = empty();
        for age in 0..=REVOKED_URLS_PER_USER as u64 {
            revoked = revoked.with(link(age * 10, 1), second(NOW + 100), second(NOW));
        }
        for age in 0..=REVOKED_URLS_PER_USER as u64 {
            let again = revoked.clone().with(link(age * 10, 1), second(NOW + 100), second(NOW));
            assert_eq!(again, revoked, "{age}");
        }
    }

    #[test]
    fn what_has_expired_makes_room() {
        let mut revoked = empty();
        for number in 0..REVOKED_URLS_PER_USER as u64 {
            revoked = revoked.with(link(number, 1), second(NOW + 1), second(NOW));
        }
        let last = link(0, 2);
        let revoked = revoked.with(last, second(NOW + 9), second(NOW + 1));
        assert_eq!(revoked.texts(), [RevokedUrls::text(last, second(NOW + 9))]);
    }

    #[test]
    fn links_of_the_first_format_are_united_among_themselves() {
        // Their ids are all random: this one would have been made in 2106.
        let old = |number: u8| UrlId::from_bytes([255, 255, 255, 255, 0, 0, number, number]);
        let mut revoked = empty();
        for number in 0..=250 {
            revoked = revoked.with(old(number), second(NOW + 100), second(NOW));
        }
        assert_eq!(revoked.texts().len(), REVOKED_URLS_PER_USER);
        assert!((0..=250).all(|number| revoked.is_revoked(old(number), None)));
        assert!(!revoked.is_revoked(link(5, 5), Some(second(NOW - 5))), "no newer one");
    }

    #[test]
    fn what_can_be_read_of_a_text_counts() {
        let id = link(7, 7);
        for text in [format!("{id} next week"), id.to_string(), format!("{id} 1")] {
            let revoked = RevokedUrls::from_texts([text.as_str(), "x", "", "1:x 5", ":5 5"]);
            assert!(revoked.is_revoked(id, None), "{text}");
            assert!(!revoked.is_revoked(link(8, 8), None), "{text}");
        }
    }

    proptest! {
        /// Each of many links stays revoked, in any order, and the list stays short.
        #[test]
        fn whatever_was_revoked_stays_so(
            links in prop::collection::vec((0..MONTH, 1..MONTH, any::<u8>()), 1..700),
        ) {
            let mut revoked = empty();
            let links: Vec<_> = links
                .into_iter()
                .map(|(age, life, random)| (link(age, random), age, NOW - age + life))
                .filter(|(_, _, end)| NOW < *end)
                .collect();
            for (url, _, end) in &links {
                revoked = revoked.with(*url, second(*end), second(NOW));
            }
            let texts = revoked.texts();
            prop_assert!(texts.len() <= REVOKED_URLS_PER_USER);
            prop_assert!(texts.iter().all(|text| text.len() <= 32));
            let read = RevokedUrls::from_texts(texts.iter().map(String::as_str));
            prop_assert_eq!(&read, &revoked);
            for (url, age, _) in links {
                prop_assert!(read.is_revoked(url, Some(second(NOW - age))));
            }
        }
    }
}

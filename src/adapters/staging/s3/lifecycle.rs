//! The bucket's own rule, the backstop: what lies there longer than any link may
//! live goes, whatever has become of us.

use super::{Bucket, explain, has_no_versions};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration,
};

/// The longest link lives 90 days; two more let the sweeper be first.
pub const EXPIRE_AFTER_DAYS: i32 = 92;
/// No put takes a day.
const ABORT_AFTER_DAYS: i32 = 1;
const RULE: &str = "handoff-backstop";

/// What a bucket's rules do to our objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backstop {
    /// A folder, or a server without lifecycle rules.
    Unsupported,
    Missing,
    /// A rule deletes what a link may still lead to.
    TooSoon(i32),
    /// Objects go, unfinished uploads stay.
    UploadsStay,
    There,
}

impl Bucket {
    pub async fn backstop(&self) -> anyhow::Result<Backstop> {
        Ok(match self.rules().await? {
            Some(rules) => judge(&rules, &self.prefix),
            None => Backstop::Unsupported,
        })
    }

    /// Installs the rule beside those that are there.
    pub async fn install_backstop(&self) -> anyhow::Result<()> {
        let mut rules = self.rules().await?.unwrap_or_default();
        rules.retain(|rule| rule.id() != Some(RULE));
        rules.push(self.rule()?);
        let rules = BucketLifecycleConfiguration::builder().set_rules(Some(rules));
        let put = self.client.put_bucket_lifecycle_configuration();
        let put = put
            .bucket(&self.bucket)
            .lifecycle_configuration(rules.build()?);
        put.send().await.map_err(explain)?;
        Ok(())
    }

    /// The rule as the `aws` command takes it, and that command.
    pub fn backstop_by_hand(&self) -> (serde_json::Value, String) {
        let rule = serde_json::json!({"Rules": [{
            "ID": RULE,
            "Status": "Enabled",
            "Filter": {"Prefix": self.prefix},
            "Expiration": {"Days": EXPIRE_AFTER_DAYS},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABORT_AFTER_DAYS},
        }]});
        let command = format!(
            "aws s3api put-bucket-lifecycle-configuration --bucket {} --lifecycle-configuration file://lifecycle.json",
            self.bucket
        );
        (rule, command)
    }

    async fn rules(&self) -> anyhow::Result<Option<Vec<LifecycleRule>>> {
        let get = self.client.get_bucket_lifecycle_configuration();
        match get.bucket(&self.bucket).send().await {
            Ok(found) => Ok(Some(found.rules.unwrap_or_default())),
            Err(error) if has_no_versions(&error) => Ok(None),
            Err(error) => match error.as_service_error().and_then(|e| e.code()) {
                Some("NoSuchLifecycleConfiguration") => Ok(Some(Vec::new())),
                _ => Err(explain(error).context(
                    "reading the bucket's rules (the right s3:GetLifecycleConfiguration)",
                )),
            },
        }
    }

    fn rule(&self) -> anyhow::Result<LifecycleRule> {
        let expire = LifecycleExpiration::builder().days(EXPIRE_AFTER_DAYS);
        let abort = AbortIncompleteMultipartUpload::builder();
        let old = NoncurrentVersionExpiration::builder().noncurrent_days(1);
        let filter = LifecycleRuleFilter::builder().prefix(&self.prefix);
        Ok(LifecycleRule::builder()
            .id(RULE)
            .status(ExpirationStatus::Enabled)
            .filter(filter.build())
            .expiration(expire.build())
            .noncurrent_version_expiration(old.build())
            .abort_incomplete_multipart_upload(
                abort.days_after_initiation(ABORT_AFTER_DAYS).build(),
            )
            .build()?)
    }
}

/// What rules that reach below our prefix do. One that covers only part of it is no
/// backstop, and deletes too soon all the same.
fn judge(rules: &[LifecycleRule], prefix: &str) -> Backstop {
    let enabled = rules
        .iter()
        .filter(|rule| *rule.status() == ExpirationStatus::Enabled);
    let days = |rule: &LifecycleRule| rule.expiration().and_then(LifecycleExpiration::days);
    let near: Vec<_> = enabled
        .filter(|rule| {
            let theirs = prefix_of(rule);
            theirs.starts_with(prefix) || prefix.starts_with(theirs)
        })
        .collect();
    let soonest = near.iter().filter_map(|rule| days(rule)).min();
    if let Some(soon) = soonest.filter(|days| *days < EXPIRE_AFTER_DAYS) {
        return Backstop::TooSoon(soon);
    }
    let covers = |rule: &&&LifecycleRule| prefix.starts_with(prefix_of(rule)) && is_for_all(rule);
    if !near.iter().filter(covers).any(|rule| days(rule).is_some()) {
        return Backstop::Missing;
    }
    let aborts = |rule: &&LifecycleRule| rule.abort_incomplete_multipart_upload().is_some();
    match near.iter().filter(covers).any(aborts) {
        true => Backstop::There,
        false => Backstop::UploadsStay,
    }
}

#[expect(
    deprecated,
    reason = "older rules carry their prefix beside the filter"
)]
fn prefix_of(rule: &LifecycleRule) -> &str {
    let filter = rule.filter();
    let and = filter.and_then(LifecycleRuleFilter::and);
    let of_filter = filter.and_then(LifecycleRuleFilter::prefix);
    of_filter
        .or(and.and_then(|and| and.prefix()))
        .or(rule.prefix())
        .unwrap_or_default()
}

/// Tags and sizes leave objects out.
fn is_for_all(rule: &LifecycleRule) -> bool {
    rule.filter().is_none_or(|filter| {
        filter.and().is_none()
            && filter.tag().is_none()
            && filter.object_size_greater_than().is_none()
            && filter.object_size_less_than().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(prefix: &str, days: i32, aborts: bool) -> LifecycleRule {
        let filter = LifecycleRuleFilter::builder().prefix(prefix).build();
        let expire = LifecycleExpiration::builder().days(days).build();
        let abort = AbortIncompleteMultipartUpload::builder().days_after_initiation(1);
        LifecycleRule::builder()
            .status(ExpirationStatus::Enabled)
            .filter(filter)
            .expiration(expire)
            .set_abort_incomplete_multipart_upload(aborts.then(|| abort.build()))
            .build()
            .unwrap()
    }

    #[test]
    fn a_rule_is_a_backstop_when_it_covers_all_and_deletes_nothing_too_soon() {
        assert_eq!(judge(&[], "a/"), Backstop::Missing);
        assert_eq!(judge(&[rule("b/", 92, true)], "a/"), Backstop::Missing);
        assert_eq!(judge(&[rule("a/x/", 92, true)], "a/"), Backstop::Missing);
        assert_eq!(judge(&[rule("a/", 92, false)], "a/"), Backstop::UploadsStay);
        assert_eq!(judge(&[rule("", 92, true)], "a/"), Backstop::There);
        let two = [rule("a/", 92, true), rule("a/x/", 30, true)];
        assert_eq!(judge(&two, "a/"), Backstop::TooSoon(30));
        assert_eq!(judge(&[rule("b/", 1, true)], "a/"), Backstop::Missing);
    }
}

//! Whose page it is: name, colours, logo. Colours come as a stylesheet of their own,
//! since no style stands in a page (CSP `style-src 'self'`).

use super::closed::dead;
use crate::app::gateway::Gateway;
use crate::domain::brand::Colour;
use crate::formats::branding;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};

/// The looks of a page.
#[derive(Debug, Clone, Default)]
pub(in crate::app::gateway) struct Look {
    pub organisation: String,
    /// The path of its colours.
    pub stylesheet: Option<String>,
    pub logo: Option<LogoView>,
}

#[derive(Debug, Clone)]
pub(in crate::app::gateway) struct LogoView {
    pub path: String,
    pub alt: String,
}

impl Look {
    /// The channel's brand; one that is gone leaves the service's own name.
    pub fn of(gateway: &Gateway, channel: &str) -> Self {
        let world = &gateway.world;
        let own = Self::service(gateway);
        let mut channels = world.channels.iter();
        let Some(channel) = channels.find(|known| known.name() == channel) else {
            return own;
        };
        let brand = world.brands.of(channel);
        let name = world.brands.name_for(channel);
        let organisation = brand.organisation(&own.organisation).to_owned();
        let logo = brand.logo.as_ref().map(|logo| LogoView {
            path: format!("/brand/{name}.{}", ending(&logo.bytes)),
            // The name stands beside it: nobody needs to hear it twice.
            alt: match logo.alt == organisation {
                true => String::new(),
                false => logo.alt.clone(),
            },
        });
        Self {
            organisation,
            stylesheet: brand.accent.map(|_| format!("/brand/{name}.css")),
            logo,
        }
    }

    /// The service's own: on pages that must look alike, whatever the link.
    pub fn service(gateway: &Gateway) -> Self {
        Self {
            organisation: gateway.world.settings.organisation.clone(),
            ..Self::default()
        }
    }
}

/// GET `/page.css`: the one thing here that is the same for everybody.
pub(in crate::app::gateway) async fn stylesheet() -> Response {
    kept("text/css; charset=utf-8", include_str!("../pages/page.css"))
}

/// GET `/brand/{file}`: colours and logo of a brand that is in use.
pub(in crate::app::gateway) async fn brand(
    State(gateway): State<Gateway>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let asked = file.rsplit_once('.').and_then(|(name, kind)| {
        let brand = gateway.world.brands.named(name)?;
        match kind {
            "css" => Some(kept("text/css; charset=utf-8", colours(brand.accent?))),
            kind => {
                let logo = brand.logo.as_ref()?;
                let fits = kind == ending(&logo.bytes);
                fits.then(|| kept(media_type(kind), logo.bytes.to_vec()))
            }
        }
    });
    asked.unwrap_or_else(|| dead(&gateway, &headers))
}

fn kept(media_type: &'static str, body: impl IntoResponse) -> Response {
    let headers: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, body).into_response()
}

/// A brand's logo is PNG or SVG; it was opened when the brand was read.
fn ending(bytes: &[u8]) -> &'static str {
    match bytes.starts_with(b"\x89PNG") {
        true => "png",
        false => "svg",
    }
}

fn media_type(ending: &str) -> &'static str {
    match ending {
        "png" => "image/png",
        _ => "image/svg+xml",
    }
}

/// The names are those of `page.css`.
pub(super) fn colours(accent: Colour) -> String {
    let night = String::from(branding::night(accent));
    let day = String::from(accent);
    format!(
        ":root {{ --accent: {day}; --on-accent: #FFFFFF; }}\n\
         @media screen and (prefers-color-scheme: dark) {{ \
         :root {{ --accent: {night}; --on-accent: #10181F; }} }}\n"
    )
}

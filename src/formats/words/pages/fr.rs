//! French with `vous`.

use super::{Pages, Phrase, Wait};
use crate::domain::language::Language;

pub const PAGES: Pages = Pages {
    language: Language::Fr,
    phrase,
    weekdays: [
        "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
    ],
    after_weekday: " ",
    until: |wait| match wait {
        Wait::Minutes(n @ 0..=1) => format!("dans {n} minute"),
        Wait::Minutes(n) => format!("dans {n} minutes"),
        Wait::Hours(n @ 0..=1) => format!("dans {n} heure"),
        Wait::Hours(n) => format!("dans {n} heures"),
        Wait::Days(n @ 0..=1) => format!("dans {n} jour"),
        Wait::Days(n) => format!("dans {n} jours"),
    },
    downloads_left: |count| match count {
        n @ 0..=1 => format!("{n} téléchargement restant"),
        n => format!("{n} téléchargements restants"),
    },
    tries_left: |count| match count {
        n @ 0..=1 => format!("Il vous reste {n} essai. Ensuite, le lien se ferme."),
        n => format!("Il vous reste {n} essais. Ensuite, le lien se ferme."),
    },
    bytes: |count| match count {
        n @ 0..=1 => format!("{n} octet"),
        n => format!("{n} octets"),
    },
    point: ',',
    units: ["ko", "Mo", "Go"],
};

fn phrase(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::Title => "Un envoi pour vous",
        Phrase::ErrorTitle => "Erreur : ",
        Phrase::ErrorHeading => "Il y a un problème",
        Phrase::Number => "Numéro",
        Phrase::For => "Pour",
        Phrase::Until => "Disponible jusqu’au",
        Phrase::HelpHeading => "Quelque chose ne va pas ?",
        Phrase::Help => {
            "Si cet envoi n’est pas pour vous ou si quelque chose ne fonctionne pas, écrivez à {owner} en indiquant le numéro {ticket}."
        }
        Phrase::ProofHeading => "Un envoi vous attend",
        Phrase::Confidential => {
            "Il contient des informations de santé confidentielles. Ouvrez-le sur un appareil qui vous appartient ou qui appartient à votre établissement."
        }
        Phrase::DigitsShown => "Pour l’ouvrir, tapez ces quatre chiffres :",
        Phrase::DigitsLabel => "Les quatre chiffres",
        Phrase::DigitsWhy => {
            "Ainsi, les programmes qui contrôlent le courrier n’ouvrent pas votre envoi."
        }
        Phrase::BirthLegend => "Date de naissance du patient",
        Phrase::BirthHint => "Par exemple 27 3 1958",
        Phrase::Day => "Jour",
        Phrase::Month => "Mois",
        Phrase::Year => "Année",
        Phrase::PasscodeLabel => "Code d’accès",
        Phrase::PasscodeWhere => {
            "Huit chiffres. On vous les donne par téléphone ou en personne. Si personne ne vous les a donnés, demandez à {owner}."
        }
        Phrase::EmailCodeLabel => "Code reçu par courriel",
        Phrase::EmailCodeOffer => {
            "Nous envoyons un code de huit chiffres à {address}. Il est valable dix minutes."
        }
        Phrase::EmailCodeSent => {
            "Un code de huit chiffres est en route vers {address}. Il est valable dix minutes."
        }
        Phrase::EmailCodeSend => "M’envoyer un code",
        Phrase::EmailCodeAgain => "M’envoyer un nouveau code",
        Phrase::Open => "Ouvrir l’envoi",
        Phrase::DigitsEmpty => "Tapez les quatre chiffres.",
        Phrase::DigitsImplausible => "Tapez seulement les quatre chiffres.",
        Phrase::DigitsWrong => {
            "Ce ne sont pas les chiffres affichés. Comparez-les et tapez-les de nouveau."
        }
        Phrase::BirthEmpty => "Tapez le jour, le mois et l’année.",
        Phrase::BirthImplausible => {
            "Personne ne peut être né à cette date. Vérifiez le jour et le mois, et tapez l’année avec ses quatre chiffres."
        }
        Phrase::BirthWrong => "Ce n’est pas la date de naissance que nous avons pour ce patient.",
        Phrase::CodeEmpty => "Tapez le code.",
        Phrase::CodeImplausible => "Le code a huit chiffres. Vérifiez-le et tapez-le de nouveau.",
        Phrase::CodeWrong => "Ce code n’est pas le bon.",
        Phrase::TooManyCodes => {
            "Trop de codes ont été demandés. Utilisez le plus récent ou revenez dans dix minutes."
        }
        Phrase::CodeOver => "Ce code n’est plus valable. Demandez-en un nouveau.",
        Phrase::NeedsProof => {
            "Cette page est restée ouverte trop longtemps, ou dans un autre navigateur. Veuillez recommencer une fois."
        }
        Phrase::FilesHeading => "Votre envoi",
        Phrase::FilePdf => "Document à lire (PDF)",
        Phrase::FileFhir => "Données pour systèmes informatiques (FHIR)",
        Phrase::FileOther => "Fichier",
        Phrase::Download => "Télécharger",
        Phrase::MineUntil => {
            "Vous avez téléchargé ce fichier. Dans ce navigateur, vous pouvez le reprendre jusqu’à {time}."
        }
        Phrase::Again => "Télécharger à nouveau",
        Phrase::Interrupted => {
            "Votre téléchargement n’est pas terminé. Vous pouvez le poursuivre dans ce navigateur."
        }
        Phrase::Resume => "Poursuivre le téléchargement",
        Phrase::Elsewhere => {
            "Déjà téléchargé dans un autre navigateur ou sur un autre appareil : {time}."
        }
        Phrase::ElsewhereAsk => {
            "Si ce n’était pas vous, ou si vous avez encore besoin du fichier, écrivez à {owner}."
        }
        Phrase::Gone => "Ce fichier ne peut plus être téléchargé.",
        Phrase::CheckFile => "Vérifier que le fichier est intact",
        Phrase::CheckFileHow => "Un programme qui calcule SHA-256 doit afficher exactement ceci :",
        Phrase::ShlHeading => "Pour les applications de santé (SMART Health Link)",
        Phrase::ShlHow => {
            "Une application qui connaît les SMART Health Links récupère le même envoi avec ce code ou ce lien. Ne les donnez à personne."
        }
        Phrase::ShlCode => "Code QR du SMART Health Link",
        Phrase::ShlViewer => "Ouvrir dans une visionneuse",
        Phrase::ShlCopy => "Le lien à copier",
        Phrase::DeadHeading => "Ce lien n’est pas ouvert",
        Phrase::DeadWhy => {
            "Il a peut-être déjà servi, son délai est peut-être passé, ou il a été retiré."
        }
        Phrase::DeadAsk => {
            "Si vous avez encore besoin de l’envoi, demandez une nouvelle copie à son expéditeur. Elle ira à l’adresse qui a reçu ce lien."
        }
        Phrase::DeadButton => "Demander une nouvelle copie",
        Phrase::DeadElse => {
            "Ou répondez au message qui vous a apporté le lien, en indiquant le numéro qui y figure."
        }
        Phrase::AskedHeading => "Vous avez demandé une nouvelle copie",
        Phrase::AskedWhat => "Si ce lien était authentique, son expéditeur est prévenu.",
        Phrase::AskedNext => {
            "S’il envoie un nouveau lien, celui-ci arrivera par courriel à l’adresse qui a reçu l’ancien. Vous pouvez fermer cette page."
        }
        Phrase::DamagedHeading => "Ce fichier est endommagé",
        Phrase::DamagedWhat => {
            "Le fichier conservé n’a pas passé son contrôle : rien n’a été remis et votre téléchargement n’a pas été compté."
        }
        Phrase::WriteToSender => {
            "Veuillez répondre au message qui vous a apporté le lien, en indiquant le numéro qui y figure."
        }
        Phrase::AwayHeading => "Indisponible pour le moment",
        Phrase::AwayWhat => {
            "Quelque chose derrière cette page ne répond pas pour le moment. Rien n’est perdu, rien n’a été compté."
        }
        Phrase::AwayNext => "Veuillez réessayer dans une minute.",
        Phrase::TooManyHeading => "Trop d’essais",
        Phrase::TooManyNext => "Veuillez réessayer {time}. Rien n’est perdu.",
        Phrase::WithdrawnHeading => "Cet envoi a été retiré",
        Phrase::WithdrawnWhat => {
            "Son expéditeur l’a retiré pendant que vous l’aviez ouvert. N’en utilisez rien avant de vous être renseigné."
        }
        Phrase::NoticeSubject => "Un envoi vous attend ({ticket})",
        Phrase::NoticeBody => {
            "Bonjour {name},

{from} a un envoi pour vous. Son numéro est {ticket}.

Ouvrez cette page pour le récupérer :

{url}

Il est disponible jusqu’au {until}.
Le lien est pour vous seul : merci de ne pas le transmettre.

Quelque chose ne va pas ? Écrivez à {owner} en indiquant le numéro {ticket}.
"
        }
        Phrase::CodeSubject => "Votre code pour l’envoi {ticket}",
        Phrase::CodeBody => {
            "Bonjour {name},

Votre code pour l’envoi {ticket} de {from} est

    {code}

Il est valable dix minutes et une seule fois, sur la page où vous l’avez demandé.
Si vous ne l’avez pas demandé, vous n’avez rien à faire.
"
        }
    }
}

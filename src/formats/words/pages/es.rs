//! Spanish with `usted`, in words that all countries know.

use super::{Pages, Phrase, Wait};
use crate::domain::language::Language;

pub const PAGES: Pages = Pages {
    language: Language::Es,
    phrase,
    weekdays: [
        "lunes",
        "martes",
        "miércoles",
        "jueves",
        "viernes",
        "sábado",
        "domingo",
    ],
    after_weekday: ", ",
    until: |wait| match wait {
        Wait::Minutes(1) => "dentro de 1 minuto".into(),
        Wait::Minutes(n) => format!("dentro de {n} minutos"),
        Wait::Hours(1) => "dentro de 1 hora".into(),
        Wait::Hours(n) => format!("dentro de {n} horas"),
        Wait::Days(1) => "dentro de 1 día".into(),
        Wait::Days(n) => format!("dentro de {n} días"),
    },
    downloads_left: |count| match count {
        1 => "Queda 1 descarga".into(),
        n => format!("Quedan {n} descargas"),
    },
    tries_left: |count| match count {
        1 => "Le queda 1 intento. Después el enlace se cierra.".into(),
        n => format!("Le quedan {n} intentos. Después el enlace se cierra."),
    },
    bytes: |count| match count {
        1 => "1 byte".into(),
        n => format!("{n} bytes"),
    },
    point: ',',
    units: ["kB", "MB", "GB"],
};

fn phrase(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::Title => "Un envío para usted",
        Phrase::ErrorTitle => "Error: ",
        Phrase::ErrorHeading => "Algo no está bien",
        Phrase::Number => "Número",
        Phrase::For => "Para",
        Phrase::Until => "Disponible hasta",
        Phrase::HelpHeading => "¿Hay algún problema?",
        Phrase::Help => {
            "Si esto no es para usted o algo no funciona, escriba a {owner} e indique el número {ticket}."
        }
        Phrase::ProofHeading => "Tiene un envío pendiente",
        Phrase::Confidential => {
            "Contiene información sanitaria confidencial. Ábralo en un dispositivo suyo o de su organización."
        }
        Phrase::DigitsShown => "Para abrirlo, escriba estas cuatro cifras:",
        Phrase::DigitsLabel => "Las cuatro cifras",
        Phrase::DigitsWhy => "Así los programas que revisan el correo no abren su envío.",
        Phrase::BirthLegend => "Fecha de nacimiento del paciente",
        Phrase::BirthHint => "Por ejemplo, 27 3 1958",
        Phrase::Day => "Día",
        Phrase::Month => "Mes",
        Phrase::Year => "Año",
        Phrase::PasscodeLabel => "Código de acceso",
        Phrase::PasscodeWhere => {
            "Ocho cifras. Se las dan por teléfono o en persona. Si nadie se las ha dado, pregunte a {owner}."
        }
        Phrase::EmailCodeLabel => "Código del correo",
        Phrase::EmailCodeOffer => {
            "Enviaremos un código de ocho cifras a {address}. Vale diez minutos."
        }
        Phrase::EmailCodeSent => {
            "Un código de ocho cifras va en camino a {address}. Vale diez minutos."
        }
        Phrase::EmailCodeSend => "Enviarme un código",
        Phrase::EmailCodeAgain => "Enviarme otro código",
        Phrase::Open => "Abrir el envío",
        Phrase::DigitsEmpty => "Escriba las cuatro cifras.",
        Phrase::DigitsImplausible => "Escriba solo las cuatro cifras.",
        Phrase::DigitsWrong => {
            "No son las cifras que se muestran. Compárelas y escríbalas de nuevo."
        }
        Phrase::BirthEmpty => "Escriba el día, el mes y el año.",
        Phrase::BirthImplausible => {
            "Nadie puede haber nacido en esa fecha. Revise el día y el mes, y escriba el año con cuatro cifras."
        }
        Phrase::BirthWrong => "No es la fecha de nacimiento que tenemos de este paciente.",
        Phrase::CodeEmpty => "Escriba el código.",
        Phrase::CodeImplausible => "El código tiene ocho cifras. Revíselo y escríbalo de nuevo.",
        Phrase::CodeWrong => "Este código no es correcto.",
        Phrase::TooManyCodes => {
            "Se han pedido demasiados códigos. Use el más reciente o vuelva dentro de diez minutos."
        }
        Phrase::CodeOver => "Este código ya no vale. Pida uno nuevo.",
        Phrase::NeedsProof => {
            "Esta página estuvo abierta demasiado tiempo o en otro navegador. Hágalo una vez más, por favor."
        }
        Phrase::FilesHeading => "Su envío",
        Phrase::FilePdf => "Documento para leer (PDF)",
        Phrase::FileFhir => "Datos para sistemas informáticos (FHIR)",
        Phrase::FileOther => "Archivo",
        Phrase::Download => "Descargar",
        Phrase::MineUntil => {
            "Ha descargado este archivo. En este navegador puede volver a descargarlo hasta las {time}."
        }
        Phrase::Again => "Descargar otra vez",
        Phrase::Interrupted => {
            "Su descarga no ha terminado. Puede seguir con ella en este navegador."
        }
        Phrase::Resume => "Continuar la descarga",
        Phrase::Elsewhere => "Ya se descargó en otro navegador o en otro dispositivo: {time}.",
        Phrase::ElsewhereAsk => {
            "Si no fue usted, o si necesita el archivo otra vez, escriba a {owner}."
        }
        Phrase::Gone => "Este archivo ya no se puede descargar.",
        Phrase::CheckFile => "Comprobar que el archivo no ha cambiado",
        Phrase::CheckFileHow => "Un programa que calcule SHA-256 debe mostrar exactamente esto:",
        Phrase::ShlHeading => "Para aplicaciones de salud (SMART Health Link)",
        Phrase::ShlHow => {
            "Una aplicación que conozca los SMART Health Links obtiene el mismo envío con este código o este enlace. No los dé a nadie."
        }
        Phrase::ShlCode => "Código QR del SMART Health Link",
        Phrase::ShlViewer => "Abrir en un visor",
        Phrase::ShlCopy => "El enlace para copiar",
        Phrase::DeadHeading => "Este enlace no está abierto",
        Phrase::DeadWhy => {
            "Puede que ya se haya usado, que su plazo haya terminado o que se haya retirado."
        }
        Phrase::DeadAsk => {
            "Si todavía necesita el envío, pida otra copia al remitente. Llegará a la dirección que recibió este enlace."
        }
        Phrase::DeadButton => "Pedir otra copia",
        Phrase::DeadElse => {
            "También puede responder al mensaje que le trajo el enlace e indicar el número que figura en él."
        }
        Phrase::AskedHeading => "Ha pedido otra copia",
        Phrase::AskedWhat => "Si este enlace era auténtico, su remitente ya está avisado.",
        Phrase::AskedNext => {
            "Si envía un enlace nuevo, llegará por correo a la dirección que recibió este. Puede cerrar esta página."
        }
        Phrase::DamagedHeading => "Este archivo está dañado",
        Phrase::DamagedWhat => {
            "El archivo guardado no superó su comprobación: no se entregó nada y su descarga no se contó."
        }
        Phrase::WriteToSender => {
            "Por favor, responda al mensaje que le trajo el enlace e indique el número que figura en él."
        }
        Phrase::AwayHeading => "No disponible en este momento",
        Phrase::AwayWhat => {
            "Algo detrás de esta página no responde por ahora. No se ha perdido ni contado nada."
        }
        Phrase::AwayNext => "Por favor, inténtelo de nuevo dentro de un minuto.",
        Phrase::TooManyHeading => "Demasiados intentos",
        Phrase::TooManyNext => "Por favor, inténtelo de nuevo {time}. No se ha perdido nada.",
        Phrase::WithdrawnHeading => "Este envío se ha retirado",
        Phrase::WithdrawnWhat => {
            "El remitente lo retiró mientras usted lo tenía abierto. No use nada de él antes de preguntar."
        }
        Phrase::NoticeSubject => "Tiene un envío pendiente ({ticket})",
        Phrase::NoticeBody => {
            "Hola, {name}:

{from} tiene un envío para usted. Lleva el número {ticket}.

Abra esta página para obtenerlo:

{url}

Está disponible hasta el {until}.
El enlace es solo para usted: por favor, no lo comparta.

¿Hay algún problema? Escriba a {owner} e indique el número {ticket}.
"
        }
        Phrase::CodeSubject => "Su código para el envío {ticket}",
        Phrase::CodeBody => {
            "Hola, {name}:

Su código para el envío {ticket} de {from} es

    {code}

Vale diez minutos y una sola vez, en la página donde lo pidió.
Si no lo ha pedido, no tiene que hacer nada.
"
        }
    }
}

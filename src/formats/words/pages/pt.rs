//! Portuguese in the spelling of Brazil.

use super::{Pages, Phrase, Wait};
use crate::domain::language::Language;

pub const PAGES: Pages = Pages {
    language: Language::Pt,
    phrase,
    weekdays: [
        "segunda-feira",
        "terça-feira",
        "quarta-feira",
        "quinta-feira",
        "sexta-feira",
        "sábado",
        "domingo",
    ],
    after_weekday: ", ",
    until: |wait| match wait {
        Wait::Minutes(1) => "em 1 minuto".into(),
        Wait::Minutes(n) => format!("em {n} minutos"),
        Wait::Hours(1) => "em 1 hora".into(),
        Wait::Hours(n) => format!("em {n} horas"),
        Wait::Days(1) => "em 1 dia".into(),
        Wait::Days(n) => format!("em {n} dias"),
    },
    downloads_left: |count| match count {
        1 => "Resta 1 download".into(),
        n => format!("Restam {n} downloads"),
    },
    tries_left: |count| match count {
        1 => "Resta 1 tentativa. Depois disso, o link se fecha.".into(),
        n => format!("Restam {n} tentativas. Depois disso, o link se fecha."),
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
        Phrase::Title => "Um envio para você",
        Phrase::ErrorTitle => "Erro: ",
        Phrase::ErrorHeading => "Algo não está certo",
        Phrase::Number => "Número",
        Phrase::For => "Para",
        Phrase::Until => "Disponível até",
        Phrase::HelpHeading => "Há algum problema?",
        Phrase::Help => {
            "Se isto não é para você ou se algo não funciona, escreva para {owner} e informe o número {ticket}."
        }
        Phrase::ProofHeading => "Há um envio à sua espera",
        Phrase::Confidential => {
            "Ele contém informações de saúde confidenciais. Abra-o em um aparelho seu ou da sua instituição."
        }
        Phrase::DigitsShown => "Para abrir, digite estes quatro algarismos:",
        Phrase::DigitsLabel => "Os quatro algarismos",
        Phrase::DigitsWhy => "Assim, os programas que verificam e-mails não abrem o seu envio.",
        Phrase::BirthLegend => "Data de nascimento do paciente",
        Phrase::BirthHint => "Por exemplo, 27 3 1958",
        Phrase::Day => "Dia",
        Phrase::Month => "Mês",
        Phrase::Year => "Ano",
        Phrase::PasscodeLabel => "Código de acesso",
        Phrase::PasscodeWhere => {
            "Oito algarismos. Você os recebe por telefone ou pessoalmente. Se ninguém os informou, pergunte a {owner}."
        }
        Phrase::EmailCodeLabel => "Código recebido por e-mail",
        Phrase::EmailCodeOffer => {
            "Enviamos um código de oito algarismos para {address}. Ele vale por dez minutos."
        }
        Phrase::EmailCodeSent => {
            "Um código de oito algarismos está a caminho de {address}. Ele vale por dez minutos."
        }
        Phrase::EmailCodeSend => "Enviar um código",
        Phrase::EmailCodeAgain => "Enviar outro código",
        Phrase::Open => "Abrir o envio",
        Phrase::DigitsEmpty => "Digite os quatro algarismos.",
        Phrase::DigitsImplausible => "Digite apenas os quatro algarismos.",
        Phrase::DigitsWrong => "Não são os algarismos mostrados. Compare e digite de novo.",
        Phrase::BirthEmpty => "Digite o dia, o mês e o ano.",
        Phrase::BirthImplausible => {
            "Ninguém pode ter nascido nesta data. Confira o dia e o mês e digite o ano com quatro algarismos."
        }
        Phrase::BirthWrong => "Esta não é a data de nascimento que temos para o paciente.",
        Phrase::CodeEmpty => "Digite o código.",
        Phrase::CodeImplausible => "O código tem oito algarismos. Confira e digite de novo.",
        Phrase::CodeWrong => "Este código não está certo.",
        Phrase::TooManyCodes => {
            "Foram pedidos códigos demais. Use o mais recente ou volte daqui a dez minutos."
        }
        Phrase::CodeOver => "Este código não vale mais. Peça um novo.",
        Phrase::NeedsProof => {
            "Esta página ficou aberta por tempo demais ou em outro navegador. Por favor, faça isto mais uma vez."
        }
        Phrase::FilesHeading => "Seu envio",
        Phrase::FilePdf => "Documento para ler (PDF)",
        Phrase::FileFhir => "Dados para sistemas de computador (FHIR)",
        Phrase::FileOther => "Arquivo",
        Phrase::Download => "Baixar",
        Phrase::MineUntil => {
            "Você baixou este arquivo. Neste navegador, pode baixá-lo de novo até {time}."
        }
        Phrase::Again => "Baixar de novo",
        Phrase::Interrupted => "O download não terminou. Você pode continuá-lo neste navegador.",
        Phrase::Resume => "Continuar o download",
        Phrase::Elsewhere => "Já baixado em outro navegador ou em outro aparelho: {time}.",
        Phrase::ElsewhereAsk => {
            "Se não foi você, ou se precisa do arquivo de novo, escreva para {owner}."
        }
        Phrase::Gone => "Este arquivo não pode mais ser baixado.",
        Phrase::CheckFile => "Conferir se o arquivo está intacto",
        Phrase::CheckFileHow => "Um programa que calcula SHA-256 deve mostrar exatamente isto:",
        Phrase::ShlHeading => "Para aplicativos de saúde (SMART Health Link)",
        Phrase::ShlHow => {
            "Um aplicativo que conhece SMART Health Links obtém o mesmo envio com este código ou este link. Não os passe a ninguém."
        }
        Phrase::ShlCode => "Código QR do SMART Health Link",
        Phrase::ShlViewer => "Abrir em um visualizador",
        Phrase::ShlCopy => "O link para copiar",
        Phrase::DeadHeading => "Este link não está aberto",
        Phrase::DeadWhy => {
            "Talvez já tenha sido usado, o prazo tenha acabado ou ele tenha sido retirado."
        }
        Phrase::DeadAsk => {
            "Se ainda precisa do envio, peça uma nova cópia ao remetente. Ela irá para o endereço que recebeu este link."
        }
        Phrase::DeadButton => "Pedir uma nova cópia",
        Phrase::DeadElse => {
            "Ou responda à mensagem que trouxe o link e informe o número que está nela."
        }
        Phrase::AskedHeading => "Você pediu uma nova cópia",
        Phrase::AskedWhat => "Se este link era verdadeiro, o remetente foi avisado.",
        Phrase::AskedNext => {
            "Se ele enviar um novo link, este chegará por e-mail ao endereço que recebeu o anterior. Você pode fechar esta página."
        }
        Phrase::DamagedHeading => "Este arquivo está danificado",
        Phrase::DamagedWhat => {
            "O arquivo guardado não passou na verificação: nada foi entregue e o seu download não foi contado."
        }
        Phrase::WriteToSender => {
            "Por favor, responda à mensagem que trouxe o link e informe o número que está nela."
        }
        Phrase::AwayHeading => "Indisponível no momento",
        Phrase::AwayWhat => {
            "Algo por trás desta página não responde no momento. Nada se perdeu e nada foi contado."
        }
        Phrase::AwayNext => "Por favor, tente de novo em um minuto.",
        Phrase::TooManyHeading => "Tentativas demais",
        Phrase::TooManyNext => "Por favor, tente de novo {time}. Nada se perdeu.",
        Phrase::WithdrawnHeading => "Este envio foi retirado",
        Phrase::WithdrawnWhat => {
            "O remetente o retirou enquanto você o tinha aberto. Não use nada dele antes de perguntar."
        }
        Phrase::NoticeSubject => "Há um envio à sua espera ({ticket})",
        Phrase::NoticeBody => {
            "Olá, {name},

{from} tem um envio para você. O número é {ticket}.

Abra esta página para recebê-lo:

{url}

Ele fica disponível até {until}.
O link é só para você: por favor, não o repasse.

Há algum problema? Escreva para {owner} e informe o número {ticket}.
"
        }
        Phrase::CodeSubject => "Seu código para o envio {ticket}",
        Phrase::CodeBody => {
            "Olá, {name},

o seu código para o envio {ticket} de {from} é

    {code}

Ele vale por dez minutos e uma única vez, na página em que você o pediu.
Se você não o pediu, não precisa fazer nada.
"
        }
    }
}

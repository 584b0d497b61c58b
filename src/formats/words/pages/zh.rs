//! Chinese in simplified characters, with 您.

use super::{Pages, Phrase, Wait};
use crate::domain::language::Language;

pub const PAGES: Pages = Pages {
    language: Language::Zh,
    phrase,
    weekdays: [
        "星期一",
        "星期二",
        "星期三",
        "星期四",
        "星期五",
        "星期六",
        "星期日",
    ],
    after_weekday: " ",
    until: |wait| match wait {
        Wait::Minutes(n) => format!("{n} 分钟后"),
        Wait::Hours(n) => format!("{n} 小时后"),
        Wait::Days(n) => format!("{n} 天后"),
    },
    downloads_left: |count| format!("还可下载 {count} 次"),
    tries_left: |count| format!("您还可以试 {count} 次，之后链接将关闭。"),
    bytes: |count| format!("{count} 字节"),
    point: '.',
    units: ["KB", "MB", "GB"],
};

fn phrase(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::Title => "有一份资料给您",
        Phrase::ErrorTitle => "错误：",
        Phrase::ErrorHeading => "出现问题",
        Phrase::Number => "编号",
        Phrase::For => "收件人",
        Phrase::Until => "领取截止时间",
        Phrase::HelpHeading => "有问题吗？",
        Phrase::Help => {
            "如果这份资料不是给您的，或有什么不能用，请写信给 {owner}，并注明编号 {ticket}。"
        }
        Phrase::ProofHeading => "有一份资料等您领取",
        Phrase::Confidential => "其中含有保密的健康信息。请在您本人或您单位的设备上打开。",
        Phrase::DigitsShown => "要打开资料，请输入这四位数字：",
        Phrase::DigitsLabel => "四位数字",
        Phrase::DigitsWhy => "这样，检查邮件的程序就不会打开您的资料。",
        Phrase::BirthLegend => "患者的出生日期",
        Phrase::BirthHint => "例如：1958 3 27",
        Phrase::Day => "日",
        Phrase::Month => "月",
        Phrase::Year => "年",
        Phrase::PasscodeLabel => "访问码",
        Phrase::PasscodeWhere => {
            "共八位数字，会通过电话或当面告诉您。如果没有人告诉您，请询问 {owner}。"
        }
        Phrase::EmailCodeLabel => "邮件中的验证码",
        Phrase::EmailCodeOffer => "我们会把八位数字的验证码发送到 {address}，十分钟内有效。",
        Phrase::EmailCodeSent => "八位数字的验证码正在发送到 {address}，十分钟内有效。",
        Phrase::EmailCodeSend => "给我发送验证码",
        Phrase::EmailCodeAgain => "重新发送验证码",
        Phrase::Open => "打开资料",
        Phrase::DigitsEmpty => "请输入这四位数字。",
        Phrase::DigitsImplausible => "请只输入四位数字。",
        Phrase::DigitsWrong => "与显示的数字不一致。请核对后重新输入。",
        Phrase::BirthEmpty => "请输入年、月、日。",
        Phrase::BirthImplausible => "这个日期不可能是出生日期。请检查月和日，并输入四位数的年份。",
        Phrase::BirthWrong => "与我们记录的患者出生日期不一致。",
        Phrase::CodeEmpty => "请输入验证码。",
        Phrase::CodeImplausible => "应为八位数字。请核对后重新输入。",
        Phrase::CodeWrong => "输入的数字不正确。",
        Phrase::TooManyCodes => "索取验证码的次数过多。请使用最新的一个，或十分钟后再来。",
        Phrase::CodeOver => "这个验证码已失效。请重新索取。",
        Phrase::NeedsProof => "此页面打开时间过长，或是在另一个浏览器中打开的。请再做一次。",
        Phrase::FilesHeading => "您的资料",
        Phrase::FilePdf => "供阅读的文件（PDF）",
        Phrase::FileFhir => "供计算机系统使用的数据（FHIR）",
        Phrase::FileOther => "文件",
        Phrase::Download => "下载",
        Phrase::MineUntil => "您已下载此文件。在 {time} 之前，您可以用这个浏览器再次下载。",
        Phrase::Again => "再次下载",
        Phrase::Interrupted => "您的下载尚未完成，可以在这个浏览器中继续。",
        Phrase::Resume => "继续下载",
        Phrase::Elsewhere => "已在另一个浏览器或另一台设备上下载：{time}。",
        Phrase::ElsewhereAsk => "如果不是您下载的，或您还需要此文件，请写信给 {owner}。",
        Phrase::Gone => "此文件已不能下载。",
        Phrase::CheckFile => "检查文件是否完好",
        Phrase::CheckFileHow => "计算 SHA-256 的程序应显示完全相同的内容：",
        Phrase::ShlHeading => "用于健康应用（SMART Health Link）",
        Phrase::ShlHow => {
            "支持 SMART Health Link 的应用可以用这个二维码或链接获取同一份资料。请不要把它们交给别人。"
        }
        Phrase::ShlCode => "SMART Health Link 二维码",
        Phrase::ShlViewer => "在查看器中打开",
        Phrase::ShlCopy => "可复制的链接",
        Phrase::DeadHeading => "此链接未开放",
        Phrase::DeadWhy => "它可能已被使用、已过期或已被撤回。",
        Phrase::DeadAsk => {
            "如果您仍需要这份资料，请向发送方索取新的一份。它会发到收到此链接的地址。"
        }
        Phrase::DeadButton => "索取新的一份",
        Phrase::DeadElse => "您也可以回复带来此链接的消息，并注明其中的编号。",
        Phrase::AskedHeading => "您已索取新的一份",
        Phrase::AskedWhat => "如果此链接是真的，我们已通知它的发送方。",
        Phrase::AskedNext => {
            "如果发送方给出新链接，它会通过邮件发到收到此链接的地址。您可以关闭本页面。"
        }
        Phrase::DamagedHeading => "此文件已损坏",
        Phrase::DamagedWhat => {
            "保存的文件未通过校验，因此没有交出任何内容，也没有计入您的下载次数。"
        }
        Phrase::WriteToSender => "请回复带来此链接的消息，并注明其中的编号。",
        Phrase::AwayHeading => "暂时无法使用",
        Phrase::AwayWhat => "此页面所依赖的系统暂时没有响应。没有丢失任何内容，也没有计入次数。",
        Phrase::AwayNext => "请一分钟后再试。",
        Phrase::TooManyHeading => "尝试次数过多",
        Phrase::TooManyNext => "请在{time}再试。没有丢失任何内容。",
        Phrase::WithdrawnHeading => "这份资料已被撤回",
        Phrase::WithdrawnWhat => "在您打开期间，发送方撤回了它。在询问之前，请不要使用其中的内容。",
        Phrase::NoticeSubject => "有一份资料等您领取（{ticket}）",
        Phrase::NoticeBody => {
            "{name}，您好：

{from} 有一份资料给您，编号为 {ticket}。

请打开此页面领取：

{url}

领取截止时间：{until}。
此链接仅供您本人使用，请不要转发。

有问题吗？请写信给 {owner}，并注明编号 {ticket}。
"
        }
        Phrase::CodeSubject => "资料 {ticket} 的验证码",
        Phrase::CodeBody => {
            "{name}，您好：

{from} 的资料 {ticket}，您的验证码是

    {code}

十分钟内有效，只能使用一次，请在您索取它的页面上输入。
如果不是您索取的，则不必理会。
"
        }
    }
}

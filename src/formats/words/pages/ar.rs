//! Arabic: the modern standard, with Western digits, and without the gender of whoever
//! reads where a noun can say it.

use super::super::counted::{Counted, counted};
use super::{Pages, Phrase, Wait};
use crate::domain::language::Language;

pub const PAGES: Pages = Pages {
    language: Language::Ar,
    phrase,
    weekdays: [
        "الاثنين",
        "الثلاثاء",
        "الأربعاء",
        "الخميس",
        "الجمعة",
        "السبت",
        "الأحد",
    ],
    after_weekday: "، ",
    until: |wait| match wait {
        Wait::Minutes(n) => format!("بعد {}", MINUTES.say(n)),
        Wait::Hours(n) => format!("بعد {}", HOURS.say(n)),
        Wait::Days(n) => format!("بعد {}", DAYS.say(n)),
    },
    downloads_left: |count| format!("مرات التنزيل المتبقية: {count}"),
    tries_left: |count| format!("المحاولات المتبقية: {count}. بعدها يُغلق الرابط."),
    bytes: |count| format!("{count} بايت"),
    point: '.',
    units: ["كيلوبايت", "ميغابايت", "غيغابايت"],
};

/// In the genitive that بعد asks for.
const MINUTES: Counted = counted("دقيقة واحدة", "دقيقتين", "دقائق", "دقيقة", "دقيقة");
const HOURS: Counted = counted("ساعة واحدة", "ساعتين", "ساعات", "ساعة", "ساعة");
const DAYS: Counted = counted("يوم واحد", "يومين", "أيام", "يومًا", "يوم");

fn phrase(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::Title => "حزمة مستندات لكم",
        Phrase::ErrorTitle => "خطأ: ",
        Phrase::ErrorHeading => "هناك مشكلة",
        Phrase::Number => "الرقم",
        Phrase::For => "إلى",
        Phrase::Until => "متاحة حتى",
        Phrase::HelpHeading => "هل هناك خطأ ما؟",
        Phrase::Help => {
            "إذا لم تكن هذه الحزمة لكم أو تعذّر شيء ما، فاكتبوا إلى {owner} مع ذكر الرقم {ticket}."
        }
        Phrase::ProofHeading => "حزمة مستندات في انتظاركم",
        Phrase::Confidential => {
            "تحتوي على معلومات صحية سرية. افتحوها على جهاز يخصكم أو يخص مؤسستكم."
        }
        Phrase::DigitsShown => "لفتحها، اكتبوا هذه الأرقام الأربعة:",
        Phrase::DigitsLabel => "الأرقام الأربعة",
        Phrase::DigitsWhy => "بهذا لا تفتح البرامج التي تفحص البريد حزمتكم.",
        Phrase::BirthLegend => "تاريخ ميلاد المريض",
        Phrase::BirthHint => "مثلًا: اليوم 27، الشهر 3، السنة 1958",
        Phrase::Day => "اليوم",
        Phrase::Month => "الشهر",
        Phrase::Year => "السنة",
        Phrase::PasscodeLabel => "رمز الدخول",
        Phrase::PasscodeWhere => {
            "ثمانية أرقام تحصلون عليها بالهاتف أو شخصيًا. إذا لم يخبركم بها أحد، فاسألوا {owner}."
        }
        Phrase::EmailCodeLabel => "الرمز الوارد في البريد",
        Phrase::EmailCodeOffer => "نرسل رمزًا من ثمانية أرقام إلى {address}. يبقى صالحًا عشر دقائق.",
        Phrase::EmailCodeSent => {
            "رمز من ثمانية أرقام في طريقه إلى {address}. يبقى صالحًا عشر دقائق."
        }
        Phrase::EmailCodeSend => "إرسال رمز إليّ",
        Phrase::EmailCodeAgain => "إرسال رمز جديد إليّ",
        Phrase::Open => "فتح الحزمة",
        Phrase::DigitsEmpty => "اكتبوا الأرقام الأربعة.",
        Phrase::DigitsImplausible => "اكتبوا أربعة أرقام فقط.",
        Phrase::DigitsWrong => "ليست هذه هي الأرقام المعروضة. قارنوها ثم اكتبوها من جديد.",
        Phrase::BirthEmpty => "اكتبوا اليوم والشهر والسنة.",
        Phrase::BirthImplausible => {
            "لا يمكن أن يكون هذا تاريخ ميلاد. تحققوا من اليوم والشهر، واكتبوا السنة بأربعة أرقام."
        }
        Phrase::BirthWrong => "لا يطابق هذا التاريخ تاريخ الميلاد المسجل لدينا للمريض.",
        Phrase::CodeEmpty => "اكتبوا الرمز.",
        Phrase::CodeImplausible => "يتكون الرمز من ثمانية أرقام. تحققوا منه ثم اكتبوه من جديد.",
        Phrase::CodeWrong => "هذا الرمز غير صحيح.",
        Phrase::TooManyCodes => "طُلبت رموز كثيرة. استخدموا أحدثها أو عودوا بعد عشر دقائق.",
        Phrase::CodeOver => "انتهت صلاحية هذا الرمز. اطلبوا رمزًا جديدًا.",
        Phrase::NeedsProof => {
            "بقيت هذه الصفحة مفتوحة مدة طويلة، أو فُتحت في متصفح آخر. يُرجى القيام بذلك مرة أخرى."
        }
        Phrase::FilesHeading => "حزمتكم",
        Phrase::FilePdf => "مستند للقراءة (PDF)",
        Phrase::FileFhir => "بيانات لأنظمة الحاسوب (FHIR)",
        Phrase::FileOther => "ملف",
        Phrase::Download => "تنزيل",
        Phrase::MineUntil => "نزّلتم هذا الملف. يمكنكم تنزيله مرة أخرى في هذا المتصفح حتى {time}.",
        Phrase::Again => "تنزيل مرة أخرى",
        Phrase::Interrupted => "لم يكتمل التنزيل. يمكنكم متابعته في هذا المتصفح.",
        Phrase::Resume => "متابعة التنزيل",
        Phrase::Elsewhere => "سبق تنزيله في متصفح آخر أو على جهاز آخر: {time}.",
        Phrase::ElsewhereAsk => {
            "إذا لم تكونوا أنتم، أو كنتم بحاجة إلى الملف مرة أخرى، فاكتبوا إلى {owner}."
        }
        Phrase::Gone => "لم يعد تنزيل هذا الملف ممكنًا.",
        Phrase::CheckFile => "التحقق من سلامة الملف",
        Phrase::CheckFileHow => "البرنامج الذي يحسب SHA-256 يجب أن يعرض هذا تمامًا:",
        Phrase::ShlHeading => "لتطبيقات الصحة (SMART Health Link)",
        Phrase::ShlHow => {
            "التطبيق الذي يدعم SMART Health Links يجلب الحزمة نفسها بهذا الرمز أو هذا الرابط. لا تعطوهما لأحد."
        }
        Phrase::ShlCode => "رمز QR لرابط SMART Health Link",
        Phrase::ShlViewer => "فتح في عارض",
        Phrase::ShlCopy => "الرابط للنسخ",
        Phrase::DeadHeading => "هذا الرابط غير مفتوح",
        Phrase::DeadWhy => "ربما استُخدم من قبل، أو انتهت مدته، أو سُحب.",
        Phrase::DeadAsk => {
            "إذا كنتم لا تزالون بحاجة إلى الحزمة، فاطلبوا نسخة جديدة من المرسل. ستصل إلى العنوان الذي وصله هذا الرابط."
        }
        Phrase::DeadButton => "طلب نسخة جديدة",
        Phrase::DeadElse => "أو ردّوا على الرسالة التي وصلكم فيها الرابط مع ذكر الرقم الوارد فيها.",
        Phrase::AskedHeading => "طلبتم نسخة جديدة",
        Phrase::AskedWhat => "إذا كان هذا الرابط حقيقيًا، فقد أُبلغ مرسله.",
        Phrase::AskedNext => {
            "إذا أرسل رابطًا جديدًا، فسيصل بالبريد إلى العنوان الذي وصله هذا الرابط. يمكنكم إغلاق هذه الصفحة."
        }
        Phrase::DamagedHeading => "هذا الملف تالف",
        Phrase::DamagedWhat => "لم يجتز الملف المحفوظ الفحص، لذلك لم يُسلَّم شيء ولم يُحتسب التنزيل.",
        Phrase::WriteToSender => {
            "يُرجى الرد على الرسالة التي وصلكم فيها الرابط مع ذكر الرقم الوارد فيها."
        }
        Phrase::AwayHeading => "غير متاح الآن",
        Phrase::AwayWhat => "هناك ما لا يستجيب حاليًا خلف هذه الصفحة. لم يُفقد شيء ولم يُحتسب شيء.",
        Phrase::AwayNext => "يُرجى المحاولة مرة أخرى بعد دقيقة.",
        Phrase::TooManyHeading => "محاولات كثيرة",
        Phrase::TooManyNext => "يُرجى المحاولة مرة أخرى {time}. لم يُفقد شيء.",
        Phrase::WithdrawnHeading => "سُحبت هذه الحزمة",
        Phrase::WithdrawnWhat => "سحبها مرسلها وهي مفتوحة لديكم. لا تستخدموا شيئًا منها قبل السؤال.",
        Phrase::NoticeSubject => "حزمة مستندات في انتظاركم ({ticket})",
        Phrase::NoticeBody => {
            "مرحبًا {name}،

لدى {from} حزمة مستندات لكم. رقمها {ticket}.

افتحوا هذه الصفحة للحصول عليها:

{url}

هي متاحة حتى {until}.
هذا الرابط لكم وحدكم: يُرجى عدم إعادة إرساله.

هل هناك خطأ ما؟ اكتبوا إلى {owner} مع ذكر الرقم {ticket}.
"
        }
        Phrase::CodeSubject => "رمزكم لحزمة المستندات {ticket}",
        Phrase::CodeBody => {
            "مرحبًا {name}،

رمزكم لحزمة المستندات {ticket} من {from} هو

    {code}

يبقى صالحًا عشر دقائق ولمرة واحدة، في الصفحة التي طلبتموه فيها.
إذا لم تطلبوه، فلا داعي لفعل أي شيء.
"
        }
    }
}

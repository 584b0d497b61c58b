//! Arabic: the modern standard, with Western digits because results use them.
//! Numbers govern the noun behind them: see `Counted`. A status agrees with
//! nothing: see `Code`.

use super::Words;
use super::code::{Code, Disposition};
use super::counted::{Counted, counted};
use super::dates::Order;
use super::term::Term;
use crate::domain::language::Language;
use crate::domain::packet::Beyond;
use crate::domain::purpose::PurposeOfUse;
use crate::domain::section::{PacketKind, Section};

const MONTHS: [&str; 12] = [
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "مايو",
    "يونيو",
    "يوليو",
    "أغسطس",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
];

pub const WORDS: Words = Words {
    language: Language::Ar,
    term,
    kind,
    section,
    purpose,
    code,
    disposition,
    months: MONTHS,
    short_months: MONTHS,
    dates: Order::Plain,
    short_dates: Order::Plain,
    beyond,
    doubts: |count| {
        let parts = PARTS.say(count);
        match count {
            1 => format!("{parts} من المصدر لم يُدرَج أو لم يُقرأ بالكامل"),
            2 => format!("{parts} من المصدر لم يُدرَجا أو لم يُقرآ بالكامل"),
            _ => format!("{parts} من المصدر لم تُدرَج أو لم تُقرأ بالكامل"),
        }
    },
    more_doubts: |count| format!("والباقي في نهاية هذا المستند ({})", PARTS.say(count)),
    page: "صفحة {n} من {m}",
    continued: "{section} (تابع)",
    earlier: |event, sent| {
        // A word between the event and the day keeps the two apart where a line
        // runs from right to left.
        let sent = sent.map(|at| format!(" بتاريخ {at}")).unwrap_or_default();
        format!(
            "هذا القسم مأخوذ من رسالة سابقة عن هذه الزيارة ({event}{sent})؛ ولم تذكر الرسالة الأخيرة شيئًا عنه."
        )
    },
    comma: "، ",
};

fn kind(kind: PacketKind) -> &'static str {
    match kind {
        PacketKind::Discharge => "ملخص الخروج من المستشفى",
        PacketKind::Referral => "خطاب الإحالة",
        PacketKind::Documents => "وثائق سريرية",
    }
}

fn section(section: Section, kind: PacketKind) -> &'static str {
    let discharge = kind == PacketKind::Discharge;
    match section {
        Section::Encounter if discharge => "الإقامة في المستشفى",
        Section::Encounter => "الزيارة",
        Section::ReasonForReferral => "سبب الإحالة",
        Section::ReasonForVisit => "سبب الزيارة",
        Section::PresentIllness => "تاريخ المرض الحالي",
        Section::Diagnoses if discharge => "تشخيصات الخروج",
        Section::Diagnoses => "المشكلات الصحية",
        Section::HospitalCourse => "سير الحالة في المستشفى",
        Section::Medications if discharge => "أدوية الخروج",
        Section::Medications => "الأدوية",
        Section::Allergies => "الحساسية وعدم التحمل",
        Section::Procedures => "الإجراءات",
        Section::Consultations => "الاستشارات",
        Section::Results => "النتائج",
        Section::VitalSigns => "العلامات الحيوية",
        Section::Immunizations => "التطعيمات",
        Section::Assessment => "التقييم",
        Section::Plan => "الخطة والمتابعة",
        Section::AssessmentAndPlan => "التقييم والخطة",
        Section::Instructions if discharge => "تعليمات الخروج",
        Section::Instructions => "التعليمات والتعليقات",
        Section::PastHistory => "التاريخ الطبي السابق",
        Section::FamilyHistory => "التاريخ العائلي",
        Section::SocialHistory => "التاريخ الاجتماعي",
        Section::FunctionalStatus => "الحالة الوظيفية",
        Section::MentalStatus => "الحالة العقلية",
        Section::Nutrition => "التغذية",
        Section::AdvanceDirectives => "التوجيهات الطبية المسبقة",
        Section::Devices => "الأجهزة والغرسات",
        Section::Payers => "التأمين الصحي",
        Section::CareTeam => "فريق الرعاية",
        Section::Documents => "الوثائق",
    }
}

fn purpose(purpose: PurposeOfUse) -> &'static str {
    match purpose {
        PurposeOfUse::Treat => "العلاج",
        PurposeOfUse::Coc => "تنسيق الرعاية",
        PurposeOfUse::Etreat => "العلاج الطارئ",
        PurposeOfUse::Caremgt => "إدارة الرعاية",
        PurposeOfUse::Hpaymt => "دفع تكاليف الرعاية الصحية",
        PurposeOfUse::Hoperat => "عمليات الرعاية الصحية",
        PurposeOfUse::Patrqt => "بناءً على طلب المريض",
        PurposeOfUse::Famrqt => "بناءً على طلب الأسرة",
        PurposeOfUse::Pubhlth => "الصحة العامة",
    }
}

const PARTS: Counted = counted("جزء واحد", "جزءان", "أجزاء", "جزءًا", "جزء");

fn beyond(kind: Beyond, count: usize) -> String {
    let noun = match kind {
        Beyond::Texts => counted(
            "قسم نصي واحد",
            "قسمان نصيان",
            "أقسام نصية",
            "قسمًا نصيًا",
            "قسم نصي",
        ),
        Beyond::Diagnoses => counted("تشخيص واحد", "تشخيصان", "تشخيصات", "تشخيصًا", "تشخيص"),
        Beyond::Allergies => counted("حساسية واحدة", "حساسيتان", "حساسيات", "حساسية", "حساسية"),
        Beyond::Medications => counted("دواء واحد", "دواءان", "أدوية", "دواءً", "دواء"),
        Beyond::Procedures => counted("إجراء واحد", "إجراءان", "إجراءات", "إجراءً", "إجراء"),
        Beyond::Observations => counted(
            "نتيجة أو ملاحظة واحدة",
            "نتيجتان أو ملاحظتان",
            "نتائج أو ملاحظات",
            "نتيجة أو ملاحظة",
            "نتيجة أو ملاحظة",
        ),
        Beyond::Documents => counted("وثيقة واحدة", "وثيقتان", "وثائق", "وثيقة", "وثيقة"),
        Beyond::Immunizations => counted("تطعيم واحد", "تطعيمان", "تطعيمات", "تطعيمًا", "تطعيم"),
        Beyond::Orders => counted("طلب واحد", "طلبان", "طلبات", "طلبًا", "طلب"),
        Beyond::Appointments => counted("موعد واحد", "موعدان", "مواعيد", "موعدًا", "موعد"),
        Beyond::Encounters => counted(
            "زيارة أخرى",
            "زيارتان أخريان",
            "زيارات أخرى",
            "زيارة أخرى",
            "زيارة أخرى",
        ),
    };
    noun.say(count)
}
fn code(code: Code) -> &'static str {
    match code {
        // v3-ActCode: the class of a stay.
        Code::Inpatient => "إقامة في المستشفى",
        Code::InpatientAcute => "إقامة للرعاية الحادة",
        Code::InpatientNonAcute => "إقامة لغير الرعاية الحادة",
        Code::Emergency => "طوارئ",
        Code::Outpatient => "عيادات خارجية",
        Code::PreAdmission => "ما قبل الدخول",
        Code::ObservationStay => "تحت الملاحظة",
        Code::ShortStay => "إقامة قصيرة",
        Code::HomeHealth => "رعاية منزلية",
        Code::Virtual => "زيارة بالهاتف أو الفيديو",
        Code::Field => "رعاية في موقع الحادث",
        // administrative-gender. The status of something is `unknown` too.
        Code::Male => "ذكر",
        Code::Female => "أنثى",
        Code::Other => "آخر",
        Code::Unknown => "غير معروف",
        // condition-clinical, allergyintolerance-clinical
        Code::Active => "قيد السريان",
        Code::Inactive => "دون نشاط حاليًا",
        Code::Recurrence => "تكرار الإصابة",
        Code::Relapse => "انتكاسة",
        Code::Remission => "في طور الهدأة",
        Code::Resolved => "تم الشفاء",
        // condition-ver-status, allergyintolerance-verification
        Code::Confirmed => "تم التأكيد",
        Code::Unconfirmed => "دون تأكيد",
        Code::Presumed => "على سبيل الافتراض",
        Code::Provisional => "بصفة مؤقتة",
        Code::Differential => "تشخيص تفريقي",
        Code::Refuted => "تم استبعاد هذا الاحتمال",
        Code::EnteredInError => "تسجيل بالخطأ",
        // allergy-intolerance-category
        Code::Food => "غذاء",
        Code::Medication => "دواء",
        Code::Environment => "عامل بيئي",
        Code::Biologic => "مستحضر حيوي",
        // allergy-intolerance-criticality: they agree with `Term::Criticality`.
        Code::Low => "منخفض",
        Code::High => "مرتفع",
        Code::UnableToAssess => "يتعذر التقييم",
        // event-status, request-status, medication statement
        Code::Completed => "تم الإكمال",
        Code::Preparation => "قيد التحضير",
        Code::InProgress => "قيد التنفيذ",
        Code::NotDone => "لم يتم التنفيذ",
        Code::NotTaken => "دون استعمال",
        Code::Stopped => "تم الإيقاف",
        Code::OnHold => "إيقاف مؤقت",
        Code::Suspended => "انقطاع مؤقت",
        Code::Aborted => "إيقاف قبل الاكتمال",
        Code::Cancelled => "تم الإلغاء",
        Code::Revoked => "تم السحب",
        Code::Declined => "تم الرفض",
        Code::Intended => "استعمال مزمع",
        Code::Proposed => "اقتراح",
        Code::Draft => "مسودة",
        Code::Planned => "قيد التخطيط",
        // observation-status, composition-status, document availability
        Code::Registered => "النتيجة لم تصدر بعد",
        Code::Preliminary => "بصيغة أولية",
        Code::Partial => "نتيجة جزئية",
        Code::Final => "بصيغة نهائية",
        Code::Amended => "نسخة معدّلة",
        Code::Corrected => "نسخة مصحّحة",
        Code::Superseded => "نسخة مستبدلة",
        // request-priority, from slow to fast
        Code::Routine => "بصورة اعتيادية",
        Code::Urgent => "على وجه الاستعجال",
        Code::Asap => "في أقرب وقت ممكن",
        Code::Stat => "فورًا",
        // appointment-status
        Code::Booked => "تم الحجز",
        Code::Pending => "بانتظار التأكيد",
        Code::Arrived => "تم الوصول",
        Code::Fulfilled => "تم الحضور",
        Code::NoShow => "لم يتم الحضور",
        Code::Waitlist => "في قائمة الانتظار",
        // What somebody is in the care team, as the readers name it.
        Code::Attending => "الطبيب المعالج",
        Code::Admitting => "طبيب الدخول",
        Code::Referring => "الطبيب المُحيل",
        Code::Consulting => "طبيب الاستشارة",
        Code::GeneralPractitioner => "طبيب عام",
        Code::PrimaryCareFacility => "مرفق رعاية أولية",
        Code::ProviderOrganization => "جهة مقدمة للرعاية",
        Code::Contact => "جهة اتصال",
        Code::Author => "كاتب الوثيقة",
        Code::Informant => "مصدر المعلومات",
        Code::InformationRecipient => "متلقي المعلومات",
        Code::ResponsibleParty => "الجهة المسؤولة",
    }
}

fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Home => "المنزل",
        Disposition::ShortTermHospital => "مستشفى آخر للإقامة القصيرة",
        Disposition::SkilledNursing => "مرفق تمريض متخصص",
        Disposition::IntermediateCare => "دار رعاية متوسطة المستوى",
        Disposition::HomeWithCare => "المنزل مع رعاية صحية منزلية",
        Disposition::AgainstAdvice => "خروج خلافًا للمشورة الطبية",
        Disposition::Died => "وفاة",
        Disposition::LawEnforcement => "جهة قضائية أو أمنية",
        Disposition::HospiceAtHome => "رعاية تلطيفية في المنزل",
        Disposition::HospiceFacility => "رعاية تلطيفية في مرفق",
        Disposition::SwingBed => "سرير رعاية تمريضية في هذا المستشفى",
        Disposition::Rehabilitation => "مرفق تأهيل",
        Disposition::LongTermHospital => "مستشفى رعاية طويلة الأمد",
        Disposition::Psychiatric => "مستشفى للأمراض النفسية",
    }
}

fn term(term: Term) -> &'static str {
    match term {
        Term::NameNotRecorded => "الاسم غير مسجَّل",
        Term::NotRecorded => "غير مسجَّل",
        Term::Born => "تاريخ الميلاد",
        Term::Sex => "الجنس",
        Term::Died => "الوفاة",
        Term::DiedNoDate => "نعم، التاريخ غير مسجَّل",
        Term::RecordNumber => "رقم الملف الطبي",
        Term::SocialSecurityNumber => "رقم الضمان الاجتماعي",
        Term::AccountNumber => "رقم الحساب",
        Term::OtherNumber => "رقم آخر",
        Term::Language => "اللغة",
        Term::Address => "العنوان",
        Term::Telephone => "الهاتف",
        Term::NextOfKin => "أقرب الأقارب",
        Term::Admitted => "الدخول",
        Term::Discharged => "الخروج",
        Term::Class => "نوع الزيارة",
        Term::VisitNumber => "رقم الزيارة",
        Term::Location => "الموقع",
        Term::Service => "القسم",
        Term::Attending => "الطبيب المعالج",
        Term::DischargedTo => "الوجهة بعد الخروج",
        Term::Disposition => "حالة الخروج",
        Term::ReasonForAdmission => "سبب الدخول",
        Term::Reason => "السبب",
        Term::ServiceAskedFor => "الخدمة المطلوبة",
        Term::Priority => "الأولوية",
        Term::ReferralNumber => "رقم الإحالة",
        Term::ReferredBy => "الإحالة من",
        Term::ReferredTo => "الإحالة إلى",
        Term::TelephoneOfReferrer => "هاتف الجهة المُحيلة",
        Term::Authorization => "رقم الموافقة",
        Term::Diagnosis => "التشخيص",
        Term::Code => "الرمز",
        Term::Kind => "نوع التشخيص",
        Term::Since => "منذ",
        Term::Substance => "المادة",
        Term::Category => "الفئة",
        Term::Criticality => "مستوى الخطورة",
        Term::Reaction => "رد الفعل",
        Term::Medication => "الدواء",
        Term::DoseAndUse => "الجرعة وطريقة الاستعمال",
        Term::Status => "الحالة",
        Term::Change => "التغيير",
        Term::Procedure => "الإجراء",
        Term::Date => "التاريخ",
        Term::Test => "الفحص",
        Term::Result => "النتيجة",
        Term::Units => "الوحدات",
        Term::Range => "القيم المرجعية",
        Term::Flag => "تنبيه",
        Term::Specimen => "العينة",
        Term::Taken => "تاريخ الفحص",
        Term::Vaccine => "اللقاح",
        Term::Lot => "رقم التشغيلة",
        Term::Planned => "المخطَّط له",
        Term::Appointment => "موعد",
        Term::When => "الوقت",
        Term::Where => "المكان",
        Term::With => "مع",
        Term::Name => "الاسم",
        Term::Role => "الدور",
        Term::Contact => "وسيلة الاتصال",
        Term::Payer => "جهة الدفع",
        Term::Plan => "خطة التأمين",
        Term::MemberId => "رقم العضوية",
        Term::Document => "وثيقة",
        Term::Type => "النوع",
        Term::Size => "الحجم",
        Term::TakeFromNowOn => "تُؤخذ من الآن فصاعدًا",
        Term::NotCertain => "موقوفة مؤقتًا أو مخطط لها أو غير مؤكدة",
        Term::Ended => "تم إيقافها أو إكمالها",
        Term::DuringTheStay => "أُعطيت أثناء الإقامة",
        Term::BeforeTheStay => "كانت تُؤخذ قبل الإقامة",
        Term::ChangeNew => "جديد",
        Term::ChangeDose => "معدَّل",
        Term::ChangeNone => "بلا تغيير",
        Term::ChangeNotContinued => "غير مدرج في قائمة الخروج",
        Term::RoleAdmission => "عند الدخول",
        Term::RoleDischarge => "عند الخروج",
        Term::RoleWorking => "تشخيص مبدئي",
        Term::NoneRecorded => "لم يُسجَّل شيء في المصدر",
        Term::NothingOnThese => "لم يُسجَّل شيء في المصدر عن:",
        Term::AsWritten => "كما ورد في المصدر",
        Term::CommentsInMessage => "تعليقات الرسالة",
        Term::NoteOn => "ملاحظة على",
        Term::Withheld => "حجب المُرسِل معلومات تخص هذا القسم. اتصل به إذا كنت بحاجة إليها.",
        Term::NotShown => "يتعذر العرض هنا",
        Term::Attached => "ضمن مرفقات هذا الملف",
        Term::Restricted => "مرتفع",
        Term::VeryRestricted => "مرتفع جدًا",
        Term::SensitiveTitle => "يحتوي هذا المستند على معلومات محمية حماية خاصة",
        Term::Part2Notice => {
            "42 CFR part 2 prohibits unauthorized use or disclosure of these records. (يحظر الجزء 2 من الباب 42 من مدونة اللوائح الفيدرالية للولايات المتحدة استخدام هذه السجلات أو الإفصاح عنها دون تصريح.)"
        }
        Term::ConsentScope => "نطاق موافقة المريض:",
        Term::AboutThisPacket => "حول هذا المستند",
        Term::Made => "تاريخ الإنشاء",
        Term::From => "أُنشئ من",
        Term::SentBy => "النظام المُرسِل",
        Term::Sent => "تاريخ الرسالة",
        Term::Purpose => "الغرض",
        Term::Confidentiality => "مستوى السرية",
        Term::Labels => "علامات الحماية",
        Term::AlsoInTheSource => "في المصدر أيضًا",
        Term::NotPartOfThisPacket => "خارج هذا المستند",
        Term::HandoffId => "رقم التسليم",
        Term::SourceDigest => "بصمة SHA-256 للرسالة المصدر",
        Term::Message => "رسالة",
        Term::ConfidentialInformation => "معلومات صحية سرية",
        Term::NotCompletelyRead => "ما لم يُقرأ بالكامل من المصدر",
        Term::Questions => "للاستفسار",
    }
}

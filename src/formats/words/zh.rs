//! Chinese in simplified characters, as hospitals of the mainland print it.

use super::Words;
use super::code::{Code, Disposition};
use super::dates::Order;
use super::term::Term;
use crate::domain::language::Language;
use crate::domain::packet::Beyond;
use crate::domain::purpose::PurposeOfUse;
use crate::domain::section::{PacketKind, Section};

const MONTHS: [&str; 12] = [
    "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月",
];

pub const WORDS: Words = Words {
    language: Language::Zh,
    term,
    kind,
    section,
    purpose,
    code,
    disposition,
    months: MONTHS,
    short_months: MONTHS,
    dates: Order::YearFirst,
    short_dates: Order::YearFirst,
    beyond,
    doubts: |count| format!("来源中有{count}处未收录或未完整读取"),
    more_doubts: |count| format!("另有{count}处，列于本资料末尾"),
    page: "第{n}页，共{m}页",
    continued: "{section}（续）",
    earlier: |event, sent| {
        let sent = sent.map(|at| format!("，{at}")).unwrap_or_default();
        format!("本节内容来自本次就诊的一条较早消息（{event}{sent}）；最新消息未提及此项。")
    },
    comma: "、",
};

fn kind(kind: PacketKind) -> &'static str {
    match kind {
        PacketKind::Discharge => "出院小结",
        PacketKind::Referral => "转诊记录",
        PacketKind::Documents => "临床文件",
    }
}

fn section(section: Section, kind: PacketKind) -> &'static str {
    let discharge = kind == PacketKind::Discharge;
    match section {
        Section::Encounter if discharge => "住院情况",
        Section::Encounter => "就诊情况",
        Section::ReasonForReferral => "转诊原因",
        Section::ReasonForVisit => "就诊原因",
        Section::PresentIllness => "现病史",
        Section::Diagnoses if discharge => "出院诊断",
        Section::Diagnoses => "健康问题",
        Section::HospitalCourse => "诊疗经过",
        Section::Medications if discharge => "出院用药",
        Section::Medications => "用药情况",
        Section::Allergies => "过敏与不耐受",
        Section::Procedures => "手术及操作",
        Section::Consultations => "会诊",
        Section::Results => "检验检查结果",
        Section::VitalSigns => "生命体征",
        Section::Immunizations => "预防接种",
        Section::Assessment => "评估",
        Section::Plan => "诊疗计划与随访",
        Section::AssessmentAndPlan => "评估与诊疗计划",
        Section::Instructions if discharge => "出院指导",
        Section::Instructions => "说明与备注",
        Section::PastHistory => "既往史",
        Section::FamilyHistory => "家族史",
        Section::SocialHistory => "个人及社会史",
        Section::FunctionalStatus => "功能状态",
        Section::MentalStatus => "精神状态",
        Section::Nutrition => "营养",
        Section::AdvanceDirectives => "预先医疗指示",
        Section::Devices => "医疗器械与植入物",
        Section::Payers => "医疗保险",
        Section::CareTeam => "医疗团队",
        Section::Documents => "文件",
    }
}

fn purpose(purpose: PurposeOfUse) -> &'static str {
    match purpose {
        PurposeOfUse::Treat => "治疗",
        PurposeOfUse::Coc => "照护协调",
        PurposeOfUse::Etreat => "急诊治疗",
        PurposeOfUse::Caremgt => "照护管理",
        PurposeOfUse::Hpaymt => "医疗费用支付",
        PurposeOfUse::Hoperat => "医疗机构运营",
        PurposeOfUse::Patrqt => "应患者要求",
        PurposeOfUse::Famrqt => "应家属要求",
        PurposeOfUse::Pubhlth => "公共卫生",
    }
}

fn beyond(kind: Beyond, count: usize) -> String {
    let what = match kind {
        Beyond::Texts => "段文字",
        Beyond::Diagnoses => "项诊断",
        Beyond::Allergies => "项过敏",
        Beyond::Medications => "种药物",
        Beyond::Procedures => "项操作",
        Beyond::Observations => "项结果或观察",
        Beyond::Documents => "份文件",
        Beyond::Immunizations => "次接种",
        Beyond::Orders => "项医嘱",
        Beyond::Appointments => "次预约",
        Beyond::Encounters => "次其他就诊",
    };
    format!("{count}{what}")
}
fn code(code: Code) -> &'static str {
    match code {
        // v3-ActCode: the class of a stay.
        Code::Inpatient => "住院",
        Code::InpatientAcute => "急性期住院",
        Code::InpatientNonAcute => "非急性期住院",
        Code::Emergency => "急诊",
        Code::Outpatient => "门诊",
        Code::PreAdmission => "入院前",
        Code::ObservationStay => "留院观察",
        Code::ShortStay => "短期住院",
        Code::HomeHealth => "居家医疗",
        Code::Virtual => "电话或视频就诊",
        Code::Field => "现场救治",
        // administrative-gender. The status of something is `unknown` too.
        Code::Male => "男",
        Code::Female => "女",
        Code::Other => "其他",
        Code::Unknown => "未知",
        // condition-clinical, allergyintolerance-clinical
        Code::Active => "当前有效",
        Code::Inactive => "非活动",
        Code::Recurrence => "再发",
        Code::Relapse => "复发",
        Code::Remission => "缓解",
        Code::Resolved => "已痊愈",
        // condition-ver-status, allergyintolerance-verification
        Code::Confirmed => "已确认",
        Code::Unconfirmed => "未确认",
        Code::Presumed => "推定",
        Code::Provisional => "暂定",
        Code::Differential => "鉴别诊断",
        Code::Refuted => "已排除",
        Code::EnteredInError => "录入错误",
        // allergy-intolerance-category
        Code::Food => "食物",
        Code::Medication => "药物",
        Code::Environment => "环境",
        Code::Biologic => "生物制品",
        // allergy-intolerance-criticality: they agree with `Term::Criticality`.
        Code::Low => "低",
        Code::High => "高",
        Code::UnableToAssess => "无法评估",
        // event-status, request-status, medication statement
        Code::Completed => "已完成",
        Code::Preparation => "准备中",
        Code::InProgress => "进行中",
        Code::NotDone => "未执行",
        Code::NotTaken => "未使用",
        Code::Stopped => "已停止",
        Code::OnHold => "暂停",
        Code::Suspended => "暂时中断",
        Code::Aborted => "中途终止",
        Code::Cancelled => "已取消",
        Code::Revoked => "已撤销",
        Code::Declined => "已拒绝",
        Code::Intended => "拟使用",
        Code::Proposed => "建议",
        Code::Draft => "草稿",
        Code::Planned => "已计划",
        // observation-status, composition-status, document availability
        Code::Registered => "结果待出",
        Code::Preliminary => "初步",
        Code::Partial => "部分结果",
        Code::Final => "最终",
        Code::Amended => "已修改",
        Code::Corrected => "已更正",
        Code::Superseded => "已被取代",
        // request-priority, from slow to fast
        Code::Routine => "常规",
        Code::Urgent => "加急",
        Code::Asap => "尽快",
        Code::Stat => "立即",
        // appointment-status
        Code::Booked => "已预约",
        Code::Pending => "待确认",
        Code::Arrived => "已到诊",
        Code::Fulfilled => "已就诊",
        Code::NoShow => "未到诊",
        Code::Waitlist => "候补中",
        // What somebody is in the care team, as the readers name it.
        Code::Attending => "主管医师",
        Code::Admitting => "收治医师",
        Code::Referring => "转诊医师",
        Code::Consulting => "会诊医师",
        Code::GeneralPractitioner => "全科医师",
        Code::PrimaryCareFacility => "基层医疗机构",
        Code::ProviderOrganization => "医疗机构",
        Code::Contact => "联系人",
        Code::Author => "撰写者",
        Code::Informant => "信息提供者",
        Code::InformationRecipient => "信息接收者",
        Code::ResponsibleParty => "负责方",
    }
}

fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Home => "回家",
        Disposition::ShortTermHospital => "其他急性期医院",
        Disposition::SkilledNursing => "专业护理机构",
        Disposition::IntermediateCare => "中级护理机构",
        Disposition::HomeWithCare => "回家，接受居家医疗护理",
        Disposition::AgainstAdvice => "非医嘱离院",
        Disposition::Died => "死亡",
        Disposition::LawEnforcement => "司法或执法机构",
        Disposition::HospiceAtHome => "居家安宁疗护",
        Disposition::HospiceFacility => "安宁疗护机构",
        Disposition::SwingBed => "本院护理床位",
        Disposition::Rehabilitation => "康复机构",
        Disposition::LongTermHospital => "长期住院医院",
        Disposition::Psychiatric => "精神专科医院",
    }
}

fn term(term: Term) -> &'static str {
    match term {
        Term::NameNotRecorded => "姓名未记录",
        Term::NotRecorded => "未记录",
        Term::Born => "出生日期",
        Term::Sex => "性别",
        Term::Died => "死亡",
        Term::DiedNoDate => "是，日期未记录",
        Term::RecordNumber => "病案号",
        Term::SocialSecurityNumber => "社会保障号",
        Term::AccountNumber => "账户号",
        Term::OtherNumber => "其他号码",
        Term::Language => "语言",
        Term::Address => "地址",
        Term::Telephone => "电话",
        Term::NextOfKin => "近亲属",
        Term::Admitted => "入院",
        Term::Discharged => "出院",
        Term::Class => "就诊类别",
        Term::VisitNumber => "就诊号",
        Term::Location => "所在位置",
        Term::Service => "科室",
        Term::Attending => "主管医师",
        Term::DischargedTo => "出院去向",
        Term::Disposition => "离院方式",
        Term::ReasonForAdmission => "入院原因",
        Term::Reason => "原因",
        Term::ServiceAskedFor => "申请项目",
        Term::Priority => "优先级",
        Term::ReferralNumber => "转诊号",
        Term::ReferredBy => "转出方",
        Term::ReferredTo => "转入方",
        Term::TelephoneOfReferrer => "转出方电话",
        Term::Authorization => "授权号",
        Term::Diagnosis => "诊断",
        Term::Code => "代码",
        Term::Kind => "诊断类别",
        Term::Since => "起始日期",
        Term::Substance => "过敏原",
        Term::Category => "类别",
        Term::Criticality => "危险程度",
        Term::Reaction => "反应",
        Term::Medication => "药物",
        Term::DoseAndUse => "用法用量",
        Term::Status => "状态",
        Term::Change => "变化",
        Term::Procedure => "手术或操作",
        Term::Date => "日期",
        Term::Test => "项目",
        Term::Result => "结果",
        Term::Units => "单位",
        Term::Range => "参考范围",
        Term::Flag => "提示",
        Term::Specimen => "标本",
        Term::Taken => "采集时间",
        Term::Vaccine => "疫苗",
        Term::Lot => "批号",
        Term::Planned => "计划事项",
        Term::Appointment => "预约",
        Term::When => "时间",
        Term::Where => "地点",
        Term::With => "接诊方",
        Term::Name => "姓名",
        Term::Role => "角色",
        Term::Contact => "联系方式",
        Term::Payer => "付费方",
        Term::Plan => "保险计划",
        Term::MemberId => "参保号",
        Term::Document => "文件",
        Term::Type => "类型",
        Term::Size => "大小",
        Term::TakeFromNowOn => "今后应使用",
        Term::NotCertain => "暂停、计划中或未确认",
        Term::Ended => "已停用或已完成",
        Term::DuringTheStay => "住院期间使用",
        Term::BeforeTheStay => "入院前使用",
        Term::ChangeNew => "新增",
        Term::ChangeDose => "有调整",
        Term::ChangeNone => "无变化",
        Term::ChangeNotContinued => "不在出院用药清单上",
        Term::RoleAdmission => "入院诊断",
        Term::RoleDischarge => "出院诊断",
        Term::RoleWorking => "拟诊",
        Term::NoneRecorded => "来源中无记录",
        Term::NothingOnThese => "以下内容在来源中无记录：",
        Term::AsWritten => "来源原文",
        Term::CommentsInMessage => "消息中的备注",
        Term::NoteOn => "备注",
        Term::Withheld => "发送方未提供本节的部分信息。如有需要，请致电发送方。",
        Term::NotShown => "无法在此显示",
        Term::Attached => "附于本文件",
        Term::Restricted => "高",
        Term::VeryRestricted => "极高",
        Term::SensitiveTitle => "本资料含有受特别保护的信息",
        Term::Part2Notice => {
            "42 CFR part 2 prohibits unauthorized use or disclosure of these records. （美国《联邦法规汇编》第42篇第2部分禁止未经授权使用或披露这些记录。）"
        }
        Term::ConsentScope => "患者同意的范围：",
        Term::AboutThisPacket => "关于本资料",
        Term::Made => "生成时间",
        Term::From => "生成依据",
        Term::SentBy => "发送系统",
        Term::Sent => "消息发送时间",
        Term::Purpose => "用途",
        Term::Confidentiality => "保密级别",
        Term::Labels => "安全标签",
        Term::AlsoInTheSource => "来源中还有",
        Term::NotPartOfThisPacket => "未包含在本资料中",
        Term::HandoffId => "交接编号",
        Term::SourceDigest => "来源消息的 SHA-256",
        Term::Message => "消息",
        Term::ConfidentialInformation => "健康信息，请保密",
        Term::NotCompletelyRead => "来源中未完整读取的内容",
        Term::Questions => "咨询",
    }
}

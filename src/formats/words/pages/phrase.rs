//! Every word and sentence of the pages and of the mails to recipients.

use super::super::members::members;

members! {
    /// What stands in braces is filled in: `{ticket}`, `{owner}`, `{name}` …
    Phrase {
        // Every page.
        /// The title of a browser's tab: it stays in histories and previews, and
        /// tells no more than this.
        Title,
        /// Before the title of a page that shows an error, with its colon.
        ErrorTitle,
        /// Heads the summary of an error.
        ErrorHeading,
        /// The packet's, as the notice names it.
        Number,
        /// Before the recipient's name.
        For,
        Until,
        /// The heading of the help at the end.
        HelpHeading,
        /// With `{owner}` and `{ticket}`.
        Help,
        // What its person must show.
        ProofHeading,
        Confidential,
        /// Above the four digits that are shown.
        DigitsShown,
        DigitsLabel,
        DigitsWhy,
        BirthLegend,
        BirthHint,
        Day,
        Month,
        Year,
        PasscodeLabel,
        /// With `{owner}`.
        PasscodeWhere,
        EmailCodeLabel,
        /// With `{address}`, masked.
        EmailCodeOffer,
        /// With `{address}`, masked.
        EmailCodeSent,
        EmailCodeSend,
        EmailCodeAgain,
        Open,
        // What can be wrong with it.
        DigitsEmpty,
        DigitsImplausible,
        DigitsWrong,
        BirthEmpty,
        BirthImplausible,
        BirthWrong,
        CodeEmpty,
        CodeImplausible,
        CodeWrong,
        TooManyCodes,
        CodeOver,
        NeedsProof,
        // The files.
        FilesHeading,
        FilePdf,
        FileFhir,
        FileOther,
        Download,
        /// Fetched by this browser. With `{time}`.
        MineUntil,
        Again,
        /// Begun in this browser, and not completed.
        Interrupted,
        Resume,
        /// With `{time}`.
        Elsewhere,
        /// With `{owner}`.
        ElsewhereAsk,
        Gone,
        CheckFile,
        CheckFileHow,
        // SMART Health Link.
        ShlHeading,
        ShlHow,
        ShlCode,
        ShlViewer,
        ShlCopy,
        // Closed doors.
        DeadHeading,
        DeadWhy,
        DeadAsk,
        DeadButton,
        DeadElse,
        AskedHeading,
        AskedWhat,
        AskedNext,
        DamagedHeading,
        DamagedWhat,
        /// After damage, or a withdrawal: whom to write to, where no mail is named.
        WriteToSender,
        AwayHeading,
        AwayWhat,
        AwayNext,
        TooManyHeading,
        /// With `{time}`: in two minutes.
        TooManyNext,
        WithdrawnHeading,
        WithdrawnWhat,
        // Mails. The first line greets.
        /// With `{ticket}`.
        NoticeSubject,
        /// With `{name}`, `{from}`, `{ticket}`, `{url}`, `{until}`, `{owner}`.
        NoticeBody,
        /// With `{ticket}`.
        CodeSubject,
        /// With `{name}`, `{from}`, `{ticket}`, `{code}`.
        CodeBody,
    }
}

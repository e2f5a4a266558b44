import type { Texts } from "./en.ts";

export const german: Texts = {
  "page.securityCheck": "Sicherheitsprüfung",
  "page.loading": "Wird geladen …",
  "page.failed":
    "Diese Seite konnte nicht gestartet werden. Laden Sie sie neu. Wenn das nicht hilft, aktualisieren Sie Ihren Browser oder verwenden Sie einen anderen.",
  "page.reload": "Neu laden",
  "page.privacy": "Datenschutz",
  "page.support": "Hilfe",
  "page.needsScript":
    "Diese Seite benötigt JavaScript. Aktivieren Sie es in den Einstellungen Ihres Browsers und laden Sie die Seite neu.",
  "page.expiresSoon": "Läuft in 1 Minute ab",
  "page.expiresSoonSpoken": "Diese Anfrage läuft in einer Minute ab.",

  "common.approve": "Freigeben",
  "common.back": "Zurück",
  "common.cancel": "Abbrechen",
  "common.checking": "Wird geprüft …",
  "common.copied": "Kopiert",
  "common.copyByHand": "Text markieren und kopieren",
  "common.done": "Fertig",
  "common.goBack": "Zurück",
  "common.oneMoment": "Einen Moment …",
  "common.qrCode": "QR-Code",
  "common.sending": "Wird gesendet …",
  "common.setUp": "Einrichten",
  "common.startAgain": "Neu beginnen",
  "common.tryAgain": "Erneut versuchen",
  "common.trying": "Neuer Versuch …",

  "method.app": "Authenticator-App",
  "method.app.benefit": "Codes aus einer App auf Ihrem Telefon.",
  "method.email": "E-Mail",
  "method.email.benefit": "Jedes Mal ein Code per E-Mail.",
  "method.magicLink": "Link per E-Mail",
  "method.magicLink.benefit": "Jedes Mal ein Link per E-Mail.",
  "method.passkey": "Passkey",
  "method.passkey.benefit": "Fingerabdruck, Gesicht oder Displaysperre. Der sicherste Weg.",
  "method.recovery": "Ersatzcode",
  "method.securityKey": "Sicherheitsschlüssel",
  "method.sms": "SMS",
  "method.sms.benefit": "Jedes Mal ein Code per SMS.",
  "method.whatsApp": "WhatsApp",
  "method.whatsApp.benefit": "Jedes Mal ein Code per WhatsApp.",

  "details.amount": "Betrag",
  "details.cutOff": "{text}… (gekürzt, insgesamt {length} Zeichen)",
  "details.fewer": "Weniger anzeigen",
  "details.more": "{count} weitere anzeigen",
  "details.no": "Nein",
  "details.signedInAs": "Angemeldet als",
  "details.signedInAsName": "Angemeldet als {name}",
  "details.yes": "Ja",

  "challenge.choose": "Methode zur Freigabe wählen",
  "challenge.eyebrow": "Bitte prüfen und freigeben",
  "challenge.noPasskeys":
    "Dieser Browser unterstützt keine Passkeys. Verwenden Sie einen anderen Browser oder ein anderes Gerät.",
  "challenge.otherWay": "Andere Methode verwenden",
  "challenge.unlocked": "Sie können es jetzt erneut versuchen.",

  "code.appLabel": "6-stelliger Code aus Ihrer App",
  "code.appNext": "Ihre App ist eingerichtet. Warten Sie auf den nächsten Code und geben Sie diesen ein.",
  "code.incomplete": "Geben Sie alle 6 Ziffern des Codes ein.",
  "code.label": "6-stelliger Code",
  "code.resend": "Neuen Code senden",
  "code.resendIn": "Kein Code angekommen? Sie können {when} einen neuen anfordern.",
  "code.resendLimit": "Es wurden zu viele Codes gesendet. Sie können {when} einen neuen anfordern.",
  "code.resent": "Ein neuer Code wurde gesendet. Der vorherige gilt nicht mehr.",
  "code.resentIn": "Neuer Code gesendet. Sie können {when} einen weiteren anfordern.",
  "code.send": "Code senden",
  "code.sent": "Der Code wurde gesendet.",
  "code.sentHint": "6 Ziffern. Es kann eine Minute dauern, bis der Code ankommt.",
  "code.sentTo": "Code gesendet an {address}",
  "code.willSend": "Wir senden Ihnen einen Code.",
  "code.willSendTo": "Wir senden einen Code an {address}.",
  "code.wrong": "Der Code ist falsch oder abgelaufen.",

  "magicLink.goesOn": "Danach geht es auf dieser Seite von selbst weiter. Der Link gilt einmal und nur wenige Minuten.",
  "magicLink.open":
    "Öffnen Sie den Link, den wir an {address} gesendet haben, auf einem beliebigen Gerät und geben Sie dort diese Zahl ein:",
  "magicLink.resend": "Neuen Link senden",
  "magicLink.resendIn": "Kein Link angekommen? Sie können {when} einen neuen anfordern.",
  "magicLink.resendLimit": "Es wurden zu viele Links gesendet. Sie können {when} einen neuen anfordern.",
  "magicLink.resent": "Ein neuer Link wurde gesendet. Der vorherige gilt nicht mehr.",
  "magicLink.resentIn": "Neuer Link gesendet. Sie können {when} einen weiteren anfordern.",
  "magicLink.send": "Link senden",
  "magicLink.sent": "Der Link wurde gesendet. Geben Sie dort, wohin er führt, die Zahl {number} ein.",
  "magicLink.willSendTo": "Wir senden einen Link an {address}.",

  "recovery.copy": "Kopieren",
  "recovery.download": "Herunterladen",
  "recovery.print": "Drucken",
  "recovery.eachOnce": "Jeder Code gilt einmal.",
  "recovery.incomplete": "Geben Sie den ganzen Code ein.",
  "recovery.kept": "Ich habe sie gesichert",
  "recovery.keep":
    "Wenn Sie Ihr Gerät verlieren, erhalten Sie mit jedem dieser Codes einmal Zugang. Sie werden nur jetzt angezeigt.",
  "recovery.label": "Einer Ihrer Ersatzcodes",
  "recovery.title": "Ersatzcodes sichern",

  "passkey.approve": "Mit Passkey freigeben",
  "passkey.create": "Passkey erstellen",
  "passkey.createHint": "Ihr Gerät fragt nach Fingerabdruck, Gesicht oder Displaysperre.",
  "passkey.exists": "Auf diesem Gerät ist bereits einer Ihrer Passkeys.",
  "passkey.hint": "Verwenden Sie Fingerabdruck, Gesicht oder Displaysperre.",
  "passkey.refused": "Der Passkey wurde nicht akzeptiert.",
  "passkey.unsupported": "Passkeys funktionieren hier nicht. Verwenden Sie eine andere Methode.",
  "passkey.unused": "Der Passkey wurde nicht verwendet. Versuchen Sie es erneut.",
  "passkey.waiting": "Warten auf Ihren Passkey …",
  "passkey.waitingForDevice": "Warten auf Ihr Gerät …",

  "locked.forever": "Zu viele falsche Codes. Diese Methode ist gesperrt. Bitte wenden Sie sich an uns.",
  "locked.until": "Zu viele falsche Codes. Sie können es {when} erneut versuchen.",

  "failure.delivery": "Die Nachricht konnte nicht gesendet werden. Versuchen Sie es erneut.",
  "failure.network": "Wir sind gerade nicht erreichbar. Versuchen Sie es erneut.",
  "failure.refused": "Das ist hier nicht möglich.",
  "failure.tooMany": "Zu viele Versuche. Versuchen Sie es später erneut.",
  "failure.tooManyUntil": "Zu viele Versuche. Sie können es {when} erneut versuchen.",

  "ending.close": "Sie können diese Seite schließen.",
  "ending.approved.text": "Sie haben das schon freigegeben. Falls nichts geschehen ist, beginnen Sie bitte neu.",
  "ending.approved.title": "Schon freigegeben",
  "ending.cancelled.text": "Es wurde nichts freigegeben.",
  "ending.cancelled.title": "Abgebrochen",
  "ending.denied.text":
    "Es wurde nichts freigegeben, und wir wurden informiert. Wenn Sie glauben, dass jemand anderes Ihr Konto benutzt, wenden Sie sich bitte an uns.",
  "ending.denied.title": "Die Anfrage ist beendet",
  "ending.done.noWayBack":
    "Um fortzufahren, beginnen Sie dort neu, wo Sie angefangen haben, und geben Sie im selben Browser frei.",
  "ending.done.text": "Vielen Dank. Sie können jetzt zurückgehen.",
  "ending.done.title": "Freigegeben",
  "ending.expired.text":
    "Zu Ihrer Sicherheit bleibt eine Anfrage nur wenige Minuten offen. Es wurde nichts freigegeben. Bitte beginnen Sie neu.",
  "ending.expired.title": "Diese Anfrage ist abgelaufen",
  "ending.invalid.text":
    "Er ist unvollständig, nicht mehr gültig oder nicht für diese Seite bestimmt. Bitte beginnen Sie dort neu, wo Sie angefangen haben.",
  "ending.invalid.title": "Dieser Link funktioniert nicht",
  "ending.managed.text": "Sie können jetzt zurückgehen.",
  "ending.managed.title": "Alles erledigt",
  "ending.offline.text": "Wir sind gerade nicht erreichbar. Es wurde nichts freigegeben.",
  "ending.offline.title": "Keine Verbindung",
  "ending.refused.text": "Die Anfrage wurde abgelehnt. Es wurde nichts ausgeführt.",
  "ending.refused.title": "Freigabe nicht möglich",
  "ending.review.text": "Wir prüfen diese Anfrage. Sie müssen nichts tun.",
  "ending.review.title": "In Prüfung",
  "ending.signIn.text":
    "Dieser Link gehört zu einem Konto, das hier nicht angemeldet ist. Bitte melden Sie sich in diesem Browser in einem anderen Tab an und versuchen Sie es dann erneut.",
  "ending.signIn.title": "Bitte zuerst anmelden",
  "ending.stuck.text":
    "Keine Ihrer eingerichteten Methoden wird für diese Anfrage akzeptiert. Bitte wenden Sie sich an uns.",
  "ending.stuck.title": "Sie können das nicht freigeben",
  "ending.tooNew.text":
    "Zu Ihrer Sicherheit benötigt diese Anfrage eine Methode, die Sie schon vorher eingerichtet hatten. Bitte stellen Sie die Anfrage neu.",
  "ending.tooNew.title": "Einrichtung abgeschlossen",

  "enroll.addMethod": "Methode hinzufügen",
  "enroll.another": "Andere Methode einrichten",
  "enroll.appLabel": "Code, den die App anzeigt",
  "enroll.choose": "Methode auswählen",
  "enroll.copyKey": "Schlüssel kopieren",
  "enroll.done": "Die neue Methode ist eingerichtet.",
  "enroll.email.hint": "Wir senden einen Code an diese Adresse.",
  "enroll.email.incomplete": "Geben Sie eine vollständige E-Mail-Adresse ein.",
  "enroll.email.label": "Ihre E-Mail-Adresse",
  "enroll.email.other": "Andere E-Mail-Adresse verwenden",
  "enroll.neededFor": "Nötig für: {action}",
  "enroll.once": "Das machen Sie einmal. Danach geben Sie damit frei.",
  "enroll.onceAndApprove": "Das machen Sie einmal. Damit wird auch die Anfrage unten freigegeben.",
  "enroll.openApp": "Authenticator-App auf diesem Gerät öffnen",
  "enroll.phone.country": "Land oder Region",
  "enroll.phone.incomplete": "Geben Sie eine vollständige Telefonnummer ein.",
  "enroll.phone.label": "Ihre Telefonnummer",
  "enroll.phone.other": "Andere Telefonnummer verwenden",
  "enroll.scan": "Scannen Sie diesen Code mit Ihrer Authenticator-App.",
  "enroll.showCode": "Code anzeigen",
  "enroll.title": "Freigabemethode einrichten",
  "enroll.typeKey": "Stattdessen den Schlüssel eintippen",

  "settings.add": "Hinzufügen oder ersetzen",
  "settings.added": "Hinzugefügt am {date}",
  "settings.keep": "Behalten",
  "settings.none": "Sie haben noch keine eingerichtet.",
  "settings.refused": "Um das zu ändern, beginnen Sie neu und geben Sie mit Ihrer stärksten Methode frei.",
  "settings.remove": "Entfernen",
  "settings.removeMethod": "Entfernen: {method}",
  "settings.removeNow": "Jetzt entfernen",
  "settings.removed": "Die Methode wurde entfernt.",
  "settings.removing": "Wird entfernt …",
  "settings.replaces": "Ersetzt Ihre bisherige.",
  "settings.lastUsed": "Zuletzt verwendet am {date}",
  "settings.rename": "Umbenennen",
  "settings.renameMethod": "Umbenennen: {method}",
  "settings.name": "Name",
  "settings.save": "Speichern",
  "settings.nameMissing": "Geben Sie einen Namen ein.",
  "settings.keepName": "Namen behalten",
  "settings.renamed": "Der Name wurde geändert.",
  "settings.title": "Ihre Freigabemethoden",

  "deny.ask": "Sie haben das nicht angefordert?",
  "deny.end": "Anfrage beenden",
  "deny.ending": "Wird beendet …",
  "deny.link": "Das habe ich nicht angefordert",
  "deny.text":
    "Dann benutzt vielleicht jemand anderes Ihr Konto. Beenden Sie die Anfrage: Es wird nichts freigegeben, und wir werden informiert.",

  "lost.link": "Kein Zugriff auf diese Methode?",
  "lost.none":
    "Sie haben keine andere Methode eingerichtet. Bitte wenden Sie sich an uns: Wir können mit Ihnen eine einrichten.",
  "lost.others": "Geben Sie auf andere Weise frei.",
  "lost.othersFail":
    "Wenn nichts davon funktioniert, wenden Sie sich bitte an uns. Wir können mit Ihnen eine andere Methode einrichten.",

  "remember.days": "Dieses Gerät {days, plural, one {# Tag} other {# Tage}} lang merken",

  "link.approve": "Freigeben: {action}",
  "link.asked": "Angefordert",
  "link.askedFrom": "IP-Adresse",
  "link.browser": "Browser",
  "link.confirm": "Bestätigen",
  "link.confirmEmail": "E-Mail-Adresse bestätigen",
  "link.denyAlso":
    "Wählen Sie das auch, wenn Ihnen keine Zahl angezeigt wird oder wenn jemand Ihnen die Zahl genannt hat.",
  "link.denyQuestion": "Haben Sie das angefordert: {action}?",
  "link.denyText":
    "Wenn Sie es waren, schließen Sie diese Seite. Wenn nicht, beenden Sie die Anfrage: Es wird nichts freigegeben.",
  "link.done.text": "Gehen Sie dorthin zurück, wo Sie angefangen haben. Sie können diese Seite schließen.",
  "link.done.title": "Fertig",
  "link.noNumber":
    "Wenn Ihnen keine Zahl angezeigt wird oder wenn jemand Ihnen die Zahl genannt hat, schließen Sie diese Seite.",
  "link.number": "Die dort angezeigte Zahl",
  "link.only": "Fahren Sie nur fort, wenn Sie das gerade selbst angefordert haben. Dort wird eine Zahl angezeigt.",
  "link.over.text":
    "Er wurde schon benutzt oder ist zu alt. Fordern Sie dort, wo Sie angefangen haben, einen neuen an.",
  "link.over.title": "Dieser Link gilt nicht mehr",
  "link.overDeny.text":
    "Er ist zu alt oder unvollständig. Wenn Sie den Code nicht angefordert haben, wenden Sie sich bitte an uns.",
  "link.shareNothing": "Geben Sie den Code, den Sie erhalten haben, an niemanden weiter.",
  "link.tooLate.text":
    "Sie wurde freigegeben oder ist bereits beendet. Wenn Sie sie nicht freigegeben haben, wenden Sie sich bitte an uns.",
  "link.tooLate.title": "Diese Anfrage ist vorbei",
  "link.wrong.text": "Das ist nicht die angezeigte Zahl, daher gilt der Link nicht mehr. Fordern Sie einen neuen an.",
  "link.wrong.title": "Nicht freigegeben",

  "approvals.all": "Alle Anfragen",
  "approvals.gone":
    "Diese Anfrage gibt es bei Ihnen nicht, oder sie ist beendet. Fordern Sie sie dort neu an, wo Sie angefangen haben.",
  "approvals.none": "Es wartet nichts auf Ihre Freigabe.",
  "approvals.nothing": "Es wurde nichts freigegeben. Die Anfrage bleibt offen, bis sie abläuft.",
  "approvals.signIn.link": "Anmelden",
  "approvals.signIn.text":
    "Anfragen werden nur der Person gezeigt, die sie freigeben soll. Melden Sie sich an, und öffnen Sie diese Seite noch einmal.",
  "approvals.signIn.title": "Bitte zuerst anmelden",
  "approvals.title": "Anfragen zur Freigabe",
  "approvals.wrong":
    "Das ist nicht die angezeigte Zahl, daher ist die Anfrage beendet. Fordern Sie sie dort neu an, wo Sie angefangen haben.",

  "waiting.number": "Ihre Zahl",
  "waiting.status": "Warten auf Ihre Freigabe …",
  "waiting.text":
    "Scannen Sie diesen Code mit einem Gerät, auf dem Sie angemeldet sind, und geben Sie dort diese Zahl ein.",
  "waiting.title": "Auf einem anderen Gerät freigeben",

  "text.approval.subject": "{app}: „{action}“ wartet auf Ihre Freigabe",
  "text.approval.body":
    "Sie werden gebeten, Folgendes freizugeben:\n{details}\n\nÖffnen Sie diese Seite, angemeldet, und geben Sie die Zahl ein, die dort angezeigt wird, wo Sie angefragt haben:\n{url}\n\nDie Anfrage ist noch {minutes, plural, one {# Minute} other {# Minuten}} offen. Falls Sie das nicht angefordert haben, geben Sie es auf der Seite an. Geben Sie nichts frei, wozu jemand anderes Sie auffordert.",
  "text.code.subject": "{app}: Ihr Code für die Freigabe „{action}“",
  "text.code.body":
    "Ihr Code lautet {code}.\n\nEr gibt genau das frei:\n{details}\n\nDer Code gilt {minutes, plural, one {# Minute} other {# Minuten}}. Geben Sie ihn an niemanden weiter; wir fragen nie danach. Wenn Sie das nicht angefordert haben, geben Sie den Code nicht ein und wenden Sie sich an uns.",
  "text.code.sms":
    "{app}: {code} ist Ihr Code für {details}. Geben Sie ihn an niemanden weiter. Nicht angefordert? Wenden Sie sich an uns.",
  "text.confirm.subject": "{app}: E-Mail-Adresse bestätigen",
  "text.confirm.body":
    "Ihr Code lautet {code}. Damit bestätigen Sie, dass diese E-Mail-Adresse Ihnen gehört.\n\nDer Code gilt {minutes, plural, one {# Minute} other {# Minuten}}. Geben Sie ihn an niemanden weiter; wir fragen nie danach.",
  "text.confirm.sms":
    "{app}: {code} ist Ihr Code zur Bestätigung dieser Telefonnummer. Geben Sie ihn an niemanden weiter.",
  "text.deny": "Wenn Sie das nicht angefordert haben, beenden Sie die Anfrage hier:\n{url}",
  "text.detail": "{label}: {value}",
  "text.link.subject": "{app}: Freigabe „{action}“",
  "text.link.body":
    "Bitte prüfen Sie diese Freigabe:\n{details}\n\nÖffnen Sie diesen Link und geben Sie die Zahl ein, die dort angezeigt wird, wo Sie die Freigabe angefordert haben:\n{url}\n\nDer Link gilt {minutes, plural, one {# Minute} other {# Minuten}}. Wenn Sie das nicht angefordert haben, öffnen Sie ihn nicht und wenden Sie sich an uns.",
  "text.linkConfirm.body":
    "Öffnen Sie diesen Link, um zu bestätigen, dass diese E-Mail-Adresse Ihnen gehört, und geben Sie die Zahl ein, die dort angezeigt wird, wo Sie angefangen haben:\n{url}\n\nDer Link gilt {minutes, plural, one {# Minute} other {# Minuten}}. Wenn Sie das nicht angefordert haben, öffnen Sie ihn nicht.",
  "text.moved.subject": "{app}: Ihre Codes gehen jetzt an eine andere Adresse",
  "text.moved.body":
    "Codes für Ihre Freigaben werden nicht mehr an diese Adresse gesendet. Wenn Sie das nicht geändert haben, wenden Sie sich sofort an uns.",
  "text.moved.sms":
    "{app}: Codes werden nicht mehr an diese Nummer gesendet. Wenn Sie das nicht geändert haben, wenden Sie sich sofort an uns.",
};

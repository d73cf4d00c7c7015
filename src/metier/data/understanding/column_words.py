"""The names that people give to columns, by what such columns usually hold, in a dozen languages.

Words stand here without accents (``categorie`` for ``catégorie``), as :func:`words_of` takes names apart. In German and
its neighbours the last part of a compound says what it is (``Bewertungstext`` is a text), in Chinese, Japanese and
Korean any part does.
"""

from __future__ import annotations

import re
import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(_bare(text).split())


def _bare(text: str) -> str:
    """Lower case, and no accents on Latin letters; other scripts stay as they are."""
    apart = unicodedata.normalize("NFD", text.lower())
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", apart))


INPUT = _words("""
    text message question input query prompt utterance sentence body dialogue dialog transcript ticket review comment
    complaint article document passage clause content post tweet description context inquiry request
    nachricht frage anfrage eingabe beschreibung kommentar beschwerde anliegen rezension satz absatz inhalt meldung
    texte commentaire phrase avis requête demande contenu plainte
    texto mensaje pregunta comentario descripción consulta reseña queja entrada contenido frase oración
    mensagem pergunta descrição resenha reclamação conteúdo
    testo messaggio domanda commento descrizione richiesta recensione reclamo contenuto
    tekst bericht vraag opmerking beschrijving klacht wiadomość pytanie opis komentarz metin soru mesaj yorum
    текст сообщение вопрос комментарий описание отзыв обращение
    文本 问题 問題 内容 评论 留言 句子 描述 对话 問い合わせ 本文 質問 文章 コメント 텍스트 질문 내용 문장
""")
WEAK_INPUT = _words("""
    subject title headline email mail note summary statement claim fact premise
    betreff titel titre objet título asunto assunto titolo oggetto заголовок 标题 件名 タイトル 제목
""")
LABEL = _words("""
    label labels category categories intent class target topic tag sentiment department queue gold outcome diagnosis
    decision urgency priority emotion polarity stars rating verdict satisfaction satisfied csat nps
    kategorie klasse sterne bewertung etikett thema stimmung priorität dringlichkeit absicht zufriedenheit zufrieden
    catégorie classe étiquette thème étoiles priorité intention satisfait
    categoría clase etiqueta tema sentimiento estrellas valoración calificación prioridad intención departamento
    categoria rótulo sentimento estrelas avaliação prioridade intenção
    etichetta stelle valutazione priorità intento reparto categorie onderwerp sterren kategori kategoria
    категория метка класс оценка тема 类别 類別 标签 標籤 分类 情感 意图 评分 星级
    カテゴリ ラベル 分類 評価 라벨 카테고리 감정 분류
""")
SEVERAL_LABELS = _words("""
    labels tags topics categories intents codes classes emotions annotations subjects keywords genres skills symptoms
    themen schlagworte kategorien etiketten étiquettes catégories thèmes etiquetas categorías temas etichette теги
""")
"""Names of columns that hold several labels."""
WEAK_LABEL = _words("""
    type status product language kind code genre reason result team severity
    typ art abteilung bereich produkt sprache grund statut service raison produit estado tipo producto motivo produto
    stato prodotto area afdeling тип статус 类型 状态 種別
""")
ANSWER = _words("""
    answer output response reply completion target translation reference abstract highlights continuation solution
    resolution
    antwort ausgabe übersetzung lösung réponse sortie traduction respuesta salida traducción solución resposta tradução
    solução risposta traduzione soluzione antwoord vertaling odpowiedź cevap ответ перевод
    回答 答案 回复 回復 译文 翻译 答え 返信 翻訳 답변 대답 번역
""")
WEAK_ANSWER = _words("""
    summary report headline title note
    zusammenfassung kurzfassung bericht résumé rapport resumen informe resumo riassunto samenvatting 摘要 要約 요약
""")
CODE = _words("""
    code codes category categories class classes icd kategorie klasse catégorie classe categoría categoria código codice
    编码 代码 类别 コード 코드
""")
"""Names of columns whose numbers are names of classes, however many there are."""
PLACE = _words("zip postal post postcode area country phone tax plz postleitzahl")
"""Words beside which a code says where or who, and no class."""
REPORT = _words("""
    summary report note notes protocol soap minutes
    zusammenfassung bericht arztbrief protokoll befund résumé rapport resumen informe resumo relatório
    riassunto relazione referto samenvatting verslag 摘要 报告 病历 要約 報告 요약
""")
"""Names of columns that hold what is written of a conversation."""
QUANTITY = _words("""
    rating ratings score scores stars grade points similarity relatedness valence arousal intensity strength readability
    difficulty satisfaction satisfied csat nps
    bewertung wertung punkte sterne ähnlichkeit zufriedenheit zufrieden valoración puntuación calificación avaliação
    valutazione punteggio
    similarité оценка 评分 得分 評価
""")
"""Names of columns that hold a number to predict."""
WEAK_QUANTITY = _words("""
    price amount cost salary
    preis betrag kosten gehalt miete prix montant coût loyer precio importe coste alquiler preço valor prezzo importo
    costo prijs bedrag цена 价格 金额 価格 金額
""")
GROUP = _words("""
    customer client user patient document doc thread conversation dialogue session account author case contract company
    speaker subject group family source url order
    kunde kunden kundennummer kundennr kundenid nutzer benutzer dokument gespräch sitzung konto autor fall vertrag firma
    utilisateur compte auteur contrat cliente paciente usuario documento conversación cuenta caso contrato empresa
    utente paziente klant клиент пациент 用户 客户 患者 顧客 ユーザー 고객
""")
ID = _words("""
    id uuid guid index idx key nr no number row identifier
    nummer kennung numéro número numero num identifiant codice номер 编号 番号 번호
""")
COUNT = _words("""
    turn step position page line year month day hour age count quantity length size order rank version jahr alter anzahl
    année âge nombre año edad cantidad idade quantidade anno età quantità 年齢 数量
""")
"""Names of columns that count something, which is no label."""
SPLIT = _words("split set fold partition subset")
_HEADS = _words("""
    text nachricht frage beschreibung kommentar beschwerde rezension satz inhalt meldung titel kategorie klasse thema
    bewertung zufriedenheit antwort übersetzung lösung zusammenfassung preis betrag kosten miete nummer kennung tekst
""")
"""What a compound may end with."""


def words_of(name: str) -> list[str]:
    """The words of a column name, in lower case and without accents.

    >>> words_of("userInput.text_2"), words_of("customer-ID"), words_of("Catégorie")
    (['user', 'input', 'text', '2'], ['customer', 'id'], ['categorie'])
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W_]+", _bare(spaced))


def match(name: str, strong: frozenset[str], weak: frozenset[str] = frozenset()) -> int:
    """2 where a word of the name is in ``strong``, 1 where one is in ``weak``, else 0.

    >>> match("Bewertungstext", INPUT), match("お問い合わせ内容", INPUT), match("context_id", ANSWER)
    (2, 2, 0)
    """
    words = set(words_of(name))
    words |= {head for word in words for head in _HEADS if word.endswith(head)}
    if not name.isascii():
        words |= {part for part in strong | weak if _has_no_spaces(part) and part in name}
    return 2 if words & strong else int(bool(words & weak))


def _has_no_spaces(word: str) -> bool:
    """Whether it is in a script that puts no spaces between words (from CJK radicals on)."""
    return word[0] >= "\u2e80"

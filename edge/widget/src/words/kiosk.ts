/** What a shared screen says beside the counter's own words: its keyboard, and the invitation to come nearer. All languages
at once, for the invitation speaks them in turn. */

export interface KioskWords {
  touch: string;
  keyboard: string;
  letters: string;
  signs: string;
  space: string;
  shift: string;
  backspace: string;
  ask: string;
  next: string;
  hide: string;
  /** Said where the keyboard cannot write the language's own script; else empty. */
  noCharacters: string;
}

const en: KioskWords = {
  touch: "Touch the screen to ask",
  keyboard: "Keyboard",
  letters: "Letters",
  signs: "Digits and signs",
  space: "Space",
  shift: "Capital",
  backspace: "Delete",
  ask: "Ask",
  next: "Next",
  hide: "Hide the keyboard",
  noCharacters: "",
};

const words: Record<string, KioskWords> = {
  en,
  ru: { touch: "Коснитесь экрана, чтобы спросить", keyboard: "Клавиатура", letters: "АБВ", signs: "Цифры и знаки", space: "Пробел", shift: "Заглавная", backspace: "Удалить", ask: "Спросить", next: "Далее", hide: "Убрать клавиатуру", noCharacters: "" },
  es: { touch: "Toque la pantalla para preguntar", keyboard: "Teclado", letters: "Letras", signs: "Cifras y signos", space: "Espacio", shift: "Mayúscula", backspace: "Borrar", ask: "Preguntar", next: "Siguiente", hide: "Ocultar el teclado", noCharacters: "" },
  de: { touch: "Zum Fragen den Bildschirm berühren", keyboard: "Tastatur", letters: "Buchstaben", signs: "Ziffern und Zeichen", space: "Leerzeichen", shift: "Großbuchstabe", backspace: "Löschen", ask: "Fragen", next: "Weiter", hide: "Tastatur ausblenden", noCharacters: "" },
  fr: { touch: "Touchez l’écran pour demander", keyboard: "Clavier", letters: "Lettres", signs: "Chiffres et signes", space: "Espace", shift: "Majuscule", backspace: "Effacer", ask: "Demander", next: "Suivant", hide: "Masquer le clavier", noCharacters: "" },
  tr: { touch: "Sormak için ekrana dokunun", keyboard: "Klavye", letters: "Harfler", signs: "Rakamlar ve işaretler", space: "Boşluk", shift: "Büyük harf", backspace: "Sil", ask: "Sor", next: "İleri", hide: "Klavyeyi gizle", noCharacters: "" },
  ar: { touch: "المس الشاشة لتسأل", keyboard: "لوحة المفاتيح", letters: "أ ب ت", signs: "أرقام وعلامات", space: "مسافة", shift: "حرف كبير", backspace: "حذف", ask: "اسأل", next: "التالي", hide: "إخفاء لوحة المفاتيح", noCharacters: "" },
  zh: { touch: "触摸屏幕即可提问", keyboard: "键盘", letters: "字母", signs: "数字和符号", space: "空格", shift: "大写", backspace: "删除", ask: "提问", next: "下一项", hide: "隐藏键盘", noCharacters: "此键盘不能输入汉字。请点选分类或示例，或接上实体键盘。" },
};

export const kioskWords = (language: string): KioskWords => words[language] ?? en;

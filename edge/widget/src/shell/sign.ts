/** The few words of the closed counter, in every language it speaks. */

export interface Sign {
  open: string;
  close: string;
  away: string;
}

const signs: Record<string, Sign> = {
  en: { open: "Ask the counter", close: "Close", away: "The counter cannot be reached." },
  ru: { open: "Спросить", close: "Закрыть", away: "Нет связи с прилавком." },
  es: { open: "Preguntar", close: "Cerrar", away: "No hay conexión con el mostrador." },
  de: { open: "Fragen", close: "Schließen", away: "Der Tresen ist nicht erreichbar." },
  fr: { open: "Demander", close: "Fermer", away: "Le comptoir est injoignable." },
  tr: { open: "Sor", close: "Kapat", away: "Tezgâha ulaşılamıyor." },
  ar: { open: "اسأل", close: "إغلاق", away: "تعذر الوصول إلى المكتب." },
  zh: { open: "提问", close: "关闭", away: "无法连接柜台。" },
};

export function signOf(language: string): Sign {
  return signs[language] ?? (signs["en"] as Sign);
}

/** Questions by voice and answers read aloud, where the browser offers it. Nothing is recorded here. */

interface Heard {
  results: { [at: number]: { [at: number]: { transcript: string } | undefined; isFinal: boolean } | undefined; length: number };
}

interface Recogniser {
  lang: string;
  interimResults: boolean;
  continuous: boolean;
  processLocally?: boolean;
  onresult: ((event: Heard) => void) | null;
  onend: (() => void) | null;
  onerror: (() => void) | null;
  start(): void;
  stop(): void;
  abort(): void;
}

interface RecogniserMaker {
  new (): Recogniser;
  available?(options: { langs: string[]; processLocally: boolean }): Promise<string>;
}

/** Regions that speech engines want beside the language. */
const TAGS: Record<string, string> = { en: "en-GB", ru: "ru-RU", es: "es-ES", de: "de-DE", fr: "fr-FR", tr: "tr-TR", ar: "ar-SA", zh: "zh-CN" };

export const speechTag = (language: string): string => TAGS[language] ?? language;

function maker(): RecogniserMaker | null {
  const found = globalThis as { SpeechRecognition?: RecogniserMaker; webkitSpeechRecognition?: RecogniserMaker };
  return found.SpeechRecognition ?? found.webkitSpeechRecognition ?? null;
}

export const canListen = (): boolean => maker() !== null && globalThis.isSecureContext;

export interface Ear {
  /** What was heard so far; later texts replace earlier ones. */
  heard(text: string): void;
  /** The end, with everything heard, or "". */
  done(text: string): void;
}

export class Listening {
  private recogniser: Recogniser | null = null;

  /** Whether speech stays on this device; else it goes to the browser's maker, which a visitor must be told. */
  async local(language: string): Promise<boolean> {
    const options = { langs: [speechTag(language)], processLocally: true };
    return (await maker()?.available?.(options).catch(() => "")) === "available";
  }

  start(language: string, local: boolean, ear: Ear): void {
    const Recogniser = maker();
    if (!Recogniser || this.recogniser) return;
    const recogniser = (this.recogniser = new Recogniser());
    recogniser.lang = speechTag(language);
    recogniser.interimResults = recogniser.continuous = true;
    if (local) recogniser.processLocally = true;
    let text = "";
    recogniser.onresult = ({ results }) => {
      text = Array.from({ length: results.length }, (_, at) => results[at]?.[0]?.transcript ?? "").join(" ").trim();
      ear.heard(text);
    };
    recogniser.onerror = () => undefined; // its end follows
    recogniser.onend = () => {
      this.recogniser = null;
      ear.done(text);
    };
    recogniser.start();
  }

  stop(): void {
    this.recogniser?.stop();
  }
}

export function canRead(language: string): boolean {
  const voices = globalThis.speechSynthesis?.getVoices() ?? [];
  return voices.some((voice) => voice.localService && voice.lang.toLowerCase().startsWith(language));
}

export function readAloud(text: string, language: string, ended: () => void): void {
  const said = new SpeechSynthesisUtterance(text);
  said.lang = speechTag(language);
  said.voice = speechSynthesis.getVoices().find((voice) => voice.localService && voice.lang.toLowerCase().startsWith(language)) ?? null;
  said.onend = said.onerror = ended;
  speechSynthesis.cancel();
  speechSynthesis.speak(said);
}

export function stopReading(): void {
  globalThis.speechSynthesis?.cancel();
}

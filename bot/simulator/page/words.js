// Every word of the page, in both languages; nothing but words lives here and in the two.
// A value in braces is filled in by language.js. The two dictionaries have the same keys.

import { en } from "./words_en.js";
import { ru } from "./words_ru.js";

export const dictionaries = { ru, en };

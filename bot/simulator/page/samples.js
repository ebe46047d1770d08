// What made-up buyers are called and ask first, in both languages. Data only.

export const sampleBuyers = {
  ru: [
    ["Мария К.", "Здравствуйте! Подскажите, когда привезут заказ?"],
    ["Игорь", "Добрый день. Пришла не та расцветка, можно обменять?"],
    ["Елена Соколова", "А в комплекте есть зарядка?"],
    ["Тимур", "Коробка помята, но внутри всё цело. Спасибо за быструю доставку!"],
    ["Ольга В.", "Можно перенести доставку на субботу?"],
    ["Артём", "Не приходит код для получения, что делать?"],
  ],
  en: [
    ["Maria K.", "Hello! When will my order arrive?"],
    ["Igor", "Good afternoon. The colour is not the one I ordered, can I exchange it?"],
    ["Elena S.", "Is a charger included?"],
    ["Timur", "The box is dented, but all is well inside. Thanks for the quick delivery!"],
    ["Olga V.", "Can the delivery be moved to Saturday?"],
    ["Artyom", "I never got the pick-up code. What should I do?"],
  ],
};

/**
 * Pages of ten English lines that the OCR program reads. The first three contain digits and punctuation; the last has many
 * letters with tails, which most of the fonts draw above the baseline.
 */
export const english: readonly (readonly string[])[] = [
  [
    "The quick brown fox jumps over the lazy dog.",
    "Pack my box with five dozen liquor jugs, please!",
    "On 24 November 2026 it rained for 13.5 hours.",
    '"Is the gate open?" asked Zoe; no one answered.',
    "We paid $17.80 (plus 6% tax) for 9 new lamps.",
    "Every good picture begins with one small square.",
    "Call 555-0142 between 8:30 and 16:45, or write.",
    "Judge Bixby's vow: quiz 360 men & jog 7 km.",
    "Under the old bridge, Kate & Yusuf sold maps.",
    "Level 3: 100% done - 2048 of 2048 blocks copied.",
  ],
  [
    "Fog had rolled over the valley by half past six.",
    "Mix 250 g of flour with 3 eggs, then wait a bit.",
    '"No," said Quentin, "you may keep the old key."',
    "Room 719 is closed; use rooms 402, 658 or 33.",
    "How many zebras fit in a van? Perhaps two.",
    "Just above the waterline, a grey heron watched.",
    "Total: 1,984 visits (up 12%) since 5 May 2003.",
    "Don't worry: the package weighs only 0.76 kg.",
    "Victor exchanged his jacket for a better quilt!",
    "North wind, 45 km/h; pressure 1018, falling.",
  ],
  [
    "Half the library was moved to a warehouse.",
    "Flight BA 2490 leaves at 07:35 from gate C16.",
    "The price fell from $89.99 to $64.50 today!",
    "Who left this umbrella here? It isn't mine.",
    "A clever yak & six foxes quietly judged him.",
    "Version 4.17.3 fixes 26 bugs (8 of them old).",
    '"Keep left," the sign said, "or pay a fine."',
    "Water boils at 100 degrees; tin melts at 232.",
    "Jazz nights: Tuesday, Friday and every holiday.",
    "Paint the fence green, then the door, then rest.",
  ],
  [
    "Peggy enjoys jogging; Jay enjoys playing squash.",
    "The quaint gypsy quay and a jolly puppy.",
    "A pygmy equips my jeep quickly again.",
    "We judge a just price by quality and quantity.",
    "Going along the edge, a big dog began digging.",
    "Happy pupils enjoy painting a purple jaguar.",
    "Jumping frogs are good at keeping quiet at night.",
    "Unique jade jugs: eight pieces, equal weight.",
    "Gregory is a major; George, a judge; Peg, a spy.",
    "Try yoga by the jetty. Apply for a job yesterday.",
  ],
];

/** Ten German lines, with the letters that Latin-1 adds. */
export const german: readonly (readonly string[])[] = [
  [
    "Über den Dächern der Stadt hängt grauer Nebel.",
    "Der Zug fällt heute aus, bitte nehmen Sie den Bus.",
    "Zwölf Boxkämpfer jagen Viktor über den Deich.",
    "Am Morgen wärmt die Sonne die kühle Straße.",
    "Öl, Äpfel und süße Möhren kosten 17 Euro.",
    "Das Mädchen grüßt den König und lächelt müde.",
    "Größe und Höhe stimmen, nur die Länge fehlt.",
    "Um 18 Uhr schließen die Läden am Marktplatz.",
    "Fünf Schüler hören täglich schöne Musik.",
    "Jede Tür im Schloß öffnet sich nach außen.",
  ],
];

/** Ten Greek lines, with all letters, also accented and final sigma. */
export const greek: readonly (readonly string[])[] = [
  [
    "Ο ήλιος ανατέλλει πίσω από το μεγάλο βουνό.",
    "Το τρένο για τη Θεσσαλονίκη φεύγει στις 12.",
    "Η θάλασσα είναι ήρεμη και ο ουρανός γαλανός.",
    "Κάθε πρωί ο ψαράς ρίχνει τα δίχτυα του.",
    "Ζεστός καφές, φρέσκο ψωμί και λίγο μέλι.",
    "Τα παιδιά παίζουν έξω από το παλιό σχολείο.",
    "Ένας γέρος ξυλοκόπος ζούσε κοντά στο ποτάμι.",
    "Χθες έβρεχε όλη μέρα και φυσούσε δυνατά.",
    "Δεξιά είναι η αγορά, αριστερά το λιμάνι.",
    "Ρώτησα τον οδηγό πότε φτάνουμε στην Πάτρα.",
  ],
];

/** Russian lines, with all letters; the second page is a board of departures in capitals. */
export const russian: readonly (readonly string[])[] = [
  [
    "Утром над рекой поднялся густой белый туман.",
    "Поезд на Казань уходит в 18 часов с пути 4.",
    "Старый фонарь тускло светил у подъезда.",
    "Дети ели горячие щи с чёрным хлебом.",
    "Экипаж корабля ждал хорошей погоды в порту.",
    "Завтра ожидается сильный ветер и дождь.",
    "Цена билета выросла до 250 рублей за месяц.",
    "Юный художник рисует жёлтые цветы и яблоки.",
    "Мы объехали весь город и вышли на площадь.",
    "Библиотека открыта каждый день, кроме среды.",
  ],
  [
    "ОТПРАВЛЕНИЕ ПОЕЗДОВ ДАЛЬНЕГО СЛЕДОВАНИЯ",
    "МОСКВА ПАССАЖИРСКАЯ ПУТЬ 3",
    "САНКТ ПЕТЕРБУРГ ПУТЬ 12",
    "НИЖНИЙ НОВГОРОД ОПОЗДАНИЕ 15 МИНУТ",
    "ЕКАТЕРИНБУРГ ЧЕРЕЗ ПЕРМЬ",
    "ХАБАРОВСК И ВЛАДИВОСТОК",
    "ЩЁЛКОВО ЭЛЕКТРОПОЕЗД",
    "ФРЯЗИНО ЦЕНТРАЛЬНЫЙ ВОКЗАЛ",
    "ЮЖНЫЙ ОБЪЕЗД ЗАКРЫТ",
    "БИЛЕТЫ И СПРАВКИ НА ПЕРВОМ ЭТАЖЕ",
  ],
];

"""What this API says to people, in English and in Russian."""

# ruff: noqa: RUF001 - Cyrillic letters are meant

from collections.abc import Mapping
from typing import Final

EN, RU = "en", "ru"

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "authentication": ("Authentication needed.", "Необходима авторизация"),
    "credentials": ("Wrong login or password.", "Неверный логин или пароль."),
    "totp": (
        "The code of the second factor is needed: totp.",
        "Нужен код второго фактора: totp.",
    ),
    "denied": ("Access denied.", "Доступ запрещен."),
    "limit_exceeded": ("The user's limit is exceeded.", "Превышен лимит пользователя."),
    "approval_required": (
        "Another person must approve this operation.",
        "Операцию должен подтвердить другой сотрудник.",
    ),
    "error": ("An error has occurred.", "Произошла ошибка."),
    "no_phone": ("No phone number given.", "Не указан номер телефона"),
    "no_memberships": (
        "No membership ids and no range of dates given.",
        "Не указаны идентификаторы абонементов или промежуток дат.",
    ),
    "card_type": ("Invalid card type", "Указан недопустимый тип карты"),
    "filter": ("Invalid filter value", "Недопустимое значение фильтра"),
    "filter_state": (
        "This filter is not served, or its state is invalid.",
        "Этот фильтр не поддерживается, или его значение недопустимо.",
    ),
    "not_found": ("Not found", "Не найдено"),
    "method": ("Method not allowed.", "Метод не поддерживается."),
    "too_many": ("Too many requests.", "Слишком много запросов."),
    "too_large": ("The request is too large.", "Слишком большой запрос."),
    "media_type": ("Unsupported media type.", "Неподдерживаемый тип данных."),
    "overloaded": ("Try again shortly.", "Повторите запрос чуть позже."),
    "storage_full": (
        "No room is left on the server's disk. Try again later.",
        "На диске сервера не осталось места. Повторите запрос позже.",
    ),
    "failure": ("Internal error.", "Внутренняя ошибка."),
    "required": ("This field is required.", "Обязательное поле."),
    "id": ("A positive whole number is expected.", "Ожидается положительное целое число."),
    "integer": ("A whole number is expected.", "Ожидается целое число."),
    "number": ("A number is expected.", "Ожидается число."),
    "amount": (
        "A number from 0 on with at most 2 decimals is expected.",
        "Ожидается неотрицательное число не более чем с 2 знаками после запятой.",
    ),
    "whole_amount": (
        "A whole number from 0 on is expected.",
        "Ожидается неотрицательное целое число.",
    ),
    "amount_1": (
        "A number from 0 on with at most 1 decimal is expected.",
        "Ожидается неотрицательное число не более чем с 1 знаком после запятой.",
    ),
    "decimals_1": (
        "A number with at most 1 decimal is expected.",
        "Ожидается число не более чем с 1 знаком после запятой.",
    ),
    "decimals": (
        "A number with at most 2 decimals is expected.",
        "Ожидается число не более чем с 2 знаками после запятой.",
    ),
    "text": ("A text is expected.", "Ожидается строка."),
    "too_long": ("The text is too long.", "Слишком длинная строка."),
    "phone": ("A phone number is expected.", "Ожидается номер телефона."),
    "date": ("A date as YYYY-MM-DD is expected.", "Ожидается дата в формате ГГГГ-ММ-ДД."),
    "datetime": (
        "A date and time in ISO 8601 is expected.",
        "Ожидаются дата и время в формате ISO 8601.",
    ),
    "object": ("An object is expected.", "Ожидается объект."),
    "list": ("A list is expected.", "Ожидается список."),
    "choice": ("This value is not among the allowed ones.", "Недопустимое значение."),
    "json": ("The body is not valid JSON.", "Тело запроса не является корректным JSON."),
    "json_object": ("The body must be a JSON object.", "Тело запроса должно быть объектом JSON."),
    "in_query": (
        "Send it in the body, not in the address.",
        "Передавайте в теле запроса, а не в адресе.",
    ),
    "zero": ("The amount must not be 0.", "Сумма не должна быть равна 0."),
    "taken": ("This number is taken.", "Этот номер уже занят."),
    "own_phone": (
        "A guest cannot refer himself.",
        "Гость не может рекомендовать самого себя.",
    ),
    "insufficient": ("Insufficient points.", "Недостаточно баллов."),
    "key": (
        "Between 1 and 255 printable characters are expected.",
        "Ожидается от 1 до 255 печатных символов.",
    ),
    "too_deep": (
        "The body is nested more than 64 deep.",
        "Вложенность тела запроса больше 64.",
    ),
    "long_number": (
        "The body has a number with more than 40 characters.",
        "В теле запроса есть число длиннее 40 символов.",
    ),
    "too_many_items": ("Too many items.", "Слишком много элементов."),
    "lasts": ("A duration in seconds is expected.", "Ожидается длительность в секундах."),
}

TYPE_TITLES: Final[Mapping[int, tuple[str, str]]] = {
    1: ("Promotion discount", "Скидка по акции"),
    2: ("Loyalty program accrual", "Начисление по программам лояльности"),
    3: ("Loyalty card withdrawal", "Списание с карты лояльности"),
    4: ("Referral program accrual", "Начисление по реферальной программе"),
    5: ("Manual replenishment", "Ручное пополнение"),
    6: ("Manual withdrawal", "Ручное списание"),
    7: ("Overdue points withdrawal", "Списание просроченных баллов"),
    8: ("Withdrawal from the gift card", "Списание с сертификата"),
    9: ("Use of the membership", "Использование абонемента"),
    10: ("Recalculation of the cost of the membership", "Перерасчет стоимости по абонементу"),
    11: ("Withdrawal from the client account", "Списание с личного счета"),
}
"""Titles of the transaction types."""


def language(accept: str, accept_language: str) -> str:
    """Russian for clients of the Russian twin and for those who prefer it, else English."""
    if "vnd.yclients" in accept.lower() or accept_language.strip().lower().startswith("ru"):
        return RU
    return EN


def say(name: str, lang: str) -> str:
    """The message of that name."""
    return MESSAGES[name][lang == RU]


def type_title(type_id: int, lang: str) -> str:
    return TYPE_TITLES[type_id][lang == RU]

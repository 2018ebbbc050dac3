"""Operations: programs.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.programs import (
    Currency,
    CurrencyFigures,
    Location,
    Options,
    Program,
    ProgramFigures,
    Promotion,
    Referral,
)
from stampbook_client.pages import AsyncPages
from stampbook_client.params.programs import (
    ChangeCurrencyOptionsParams,
    ChangeCurrencyParams,
    ChangeLocationParams,
    ChangeProgramParams,
    ChangePromotionParams,
    CreateCurrencyParams,
    CreateLocationParams,
    CreateProgramParams,
    CreatePromotionParams,
    ListLocationsParams,
    ListPromotionsParams,
    PutReferralParams,
)
from stampbook_client.sending import AsyncApi
from stampbook_client.values import PageParams, WriteOptions
from stampbook_client.wire import part


class AsyncProgramsResource:
    """Programs, and what is in one: currencies, members, promotions, tiers, reports."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(self, **params: Unpack[CreateProgramParams]) -> Program:
        """Create a program.

        Needs the scope admin.
        """
        return await self._api.write("POST", "/v1/programs", params, Program)

    def list(self, **params: Unpack[PageParams]) -> AsyncPages[Program]:
        """List programs.

        Needs the scope read.
        """
        return self._api.pages("/v1/programs", params, Program)

    async def get(self, program_id: str) -> Program:
        """Read a program.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/programs/{part(program_id)}", {}, Program)

    async def update(self, program_id: str, **params: Unpack[ChangeProgramParams]) -> Program:
        """Change a program.

        Needs the scope admin.
        """
        return await self._api.write("PATCH", f"/v1/programs/{part(program_id)}", params, Program)

    async def figures(self, program_id: str) -> ProgramFigures:
        """Count what a program has.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/programs/{part(program_id)}/figures", {}, ProgramFigures)


class AsyncCurrenciesResource:
    """What is counted, and the rules that the ledger decides by."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(self, program_id: str, **params: Unpack[CreateCurrencyParams]) -> Currency:
        """Create a currency.

        Needs the scope admin.
        """
        return await self._api.write(
            "POST", f"/v1/programs/{part(program_id)}/currencies", params, Currency
        )

    def list(self, program_id: str, **params: Unpack[PageParams]) -> AsyncPages[Currency]:
        """List currencies.

        Needs the scope read.
        """
        return self._api.pages(f"/v1/programs/{part(program_id)}/currencies", params, Currency)

    async def get(self, currency_id: str) -> Currency:
        """Read a currency.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/currencies/{part(currency_id)}", {}, Currency)

    async def update(self, currency_id: str, **params: Unpack[ChangeCurrencyParams]) -> Currency:
        """Change a currency.

        Needs the scope admin.
        """
        return await self._api.write(
            "PATCH", f"/v1/currencies/{part(currency_id)}", params, Currency
        )

    async def figures(self, currency_id: str) -> CurrencyFigures:
        """Add up what is open in a currency.

        What is open now, with what is due recorded before. Needs the scope read.
        """
        return await self._api.read(
            f"/v1/currencies/{part(currency_id)}/figures", {}, CurrencyFigures
        )

    async def options(self, currency_id: str) -> Options:
        """Read a currency's options.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/currencies/{part(currency_id)}/options", {}, Options)

    async def update_options(
        self, currency_id: str, **params: Unpack[ChangeCurrencyOptionsParams]
    ) -> Options:
        """Change a currency's options.

        Needs the scope admin.
        """
        return await self._api.write(
            "PATCH", f"/v1/currencies/{part(currency_id)}/options", params, Options
        )


class AsyncPromotionsResource:
    """Offers by which points are accrued or redeemed."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(self, program_id: str, **params: Unpack[CreatePromotionParams]) -> Promotion:
        """Create a promotion.

        Needs the scope admin.
        """
        return await self._api.write(
            "POST", f"/v1/programs/{part(program_id)}/promotions", params, Promotion
        )

    def list(
        self, program_id: str, **params: Unpack[ListPromotionsParams]
    ) -> AsyncPages[Promotion]:
        """List promotions.

        All, or those that are active (`active=true`), or not. Needs the scope read.
        """
        return self._api.pages(f"/v1/programs/{part(program_id)}/promotions", params, Promotion)

    async def get(self, promotion_id: str) -> Promotion:
        """Read a promotion.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/promotions/{part(promotion_id)}", {}, Promotion)

    async def update(self, promotion_id: str, **params: Unpack[ChangePromotionParams]) -> Promotion:
        """Change a promotion.

        Needs the scope admin.
        """
        return await self._api.write(
            "PATCH", f"/v1/promotions/{part(promotion_id)}", params, Promotion
        )


class AsyncLocationsResource:
    """Places of business."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(self, **params: Unpack[CreateLocationParams]) -> Location:
        """Create a location.

        Needs the scope admin.
        """
        return await self._api.write("POST", "/v1/locations", params, Location)

    def list(self, **params: Unpack[ListLocationsParams]) -> AsyncPages[Location]:
        """List locations.

        Needs the scope read.
        """
        return self._api.pages("/v1/locations", params, Location)

    async def get(self, location_id: str) -> Location:
        """Read a location.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/locations/{part(location_id)}", {}, Location)

    async def update(self, location_id: str, **params: Unpack[ChangeLocationParams]) -> Location:
        """Change a location.

        Needs the scope admin.
        """
        return await self._api.write(
            "PATCH", f"/v1/locations/{part(location_id)}", params, Location
        )


class AsyncReferralsResource:
    """Referrals."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def set(self, program_id: str, **params: Unpack[PutReferralParams]) -> Referral:
        """Set what is given for bringing a friend.

        Create the program's referral, or replace it. Needs the scope admin.
        """
        return await self._api.write(
            "PUT", f"/v1/programs/{part(program_id)}/referral", params, Referral
        )

    async def get(self, program_id: str) -> Referral:
        """Read what is given for bringing a friend.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/programs/{part(program_id)}/referral", {}, Referral)

    async def delete(self, program_id: str, **params: Unpack[WriteOptions]) -> Referral:
        """Give nothing for bringing a friend.

        Needs the scope admin.
        """
        return await self._api.write(
            "DELETE", f"/v1/programs/{part(program_id)}/referral", params, Referral, has_body=False
        )

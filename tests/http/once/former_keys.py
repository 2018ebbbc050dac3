"""Fingerprints of keys as releases before version 2 kept them, for each write of test_once.py."""

from __future__ import annotations

FORMER: dict[str, dict[str, str]] = {
    "native program": {
        "press-once": "f6288b8aa5f783f7c82f6e67ab2b869f",
    },
    "native currency": {
        "press-once": "f0fcdf1a7d00319be247299893253cfa",
    },
    "native member": {
        "press-once": "d7aebd964b5d90c338b38a5b52d1fca9",
    },
    "native member with an external id": {
        "press-once": "67a4344b99e58ce116c42bc6b6128e6b",
    },
    "native deletion": {
        "press-once": "4ef223e007f8070d1cdd37e76c1d015b",
    },
    "native account": {
        "press-once": "ca267e0a6236c085828b02c46312068a",
    },
    "native accrual": {
        "press-once": "1bc1726c1f8a5922eef21241c68b23a4",
    },
    "native cancel": {
        "press-once": "2fbfce84124cfd2b3ff48687163fe6ad",
    },
    "native location": {
        "press-once": "87e96497ca7cfa8c4120addb4ad6e5c6",
    },
    "native payment": {
        "press-once": "47563dfe4344a79e20d50bdc808de05b",
    },
    "altegio record": {
        "press-once": "f88b4dae4a8253538b71c26b763bf2bc",
    },
    "altegio card": {
        "press-once": "2290f160471174de29980a6501865858",
    },
    "altegio program": {
        "press-once": "c5b70d875153cd5e6ffb3adbcf429f48",
    },
    "altegio change of a program": {
        "press-once": "fe4068813b026d01b33b1371a205fbf1",
    },
    "altegio points by hand": {
        "press-once": "0a165c7c4eaeaec21df1a165a290a68a",
    },
    "altegio change of a record": {
        "press-once": "a38ee780dafdc65ffaa32a969a50f762",
    },
    "altegio change of a record that changes nothing": {
        "press-once": "b8d59c91ccbf68135b93e3a96f6f4b35",
    },
    "altegio deletion of a record": {
        "press-once": "3e726514ef628a7524070eb6d169c769",
    },
    "altegio payment": {
        "press-once": "bb3d472be8c5e7beb2396a6b3d37ee57",
    },
    "altcraft registration": {
        "press-once": "17b522c99db7e8fc4ae0a2b715ca6b2b",
    },
    "altcraft removal": {
        "press-once": "fb401cb367b345110e9a24d60af7e75d",
    },
    "altcraft accrual": {
        "press-once": "1bc1726c1f8a5922eef21241c68b23a4",
    },
    "altcraft export": {
        "press-once": "7b9b7aed3465f7de56655517695b9094",
    },
    "voucherify program": {
        "press-once": "25138a0594e5aff06be4241f6db8b117",
    },
    "voucherify change of a program": {
        "press-once": "81fb059cbda32bfed34a673bf938a045",
    },
    "voucherify step of a program": {
        "press-once": "7ee3e8a7e58f9900cdbe968908f8d339",
    },
    "voucherify deletion of a program": {
        "press-once": "813dfdfb46363e4e6347a6d066e126e8",
    },
    "voucherify assignments": {
        "press-once": "91ad021375a1f43e44a6f3013571933c",
    },
    "voucherify definition": {
        "press-once": "225cc332376a7474e0b0671de695f168",
    },
    "voucherify step of a definition": {
        "press-once": "06eaad8623bd963701d5be7f06154db4",
    },
    "voucherify deletion of a definition": {
        "press-once": "5a9ff6cb73898a6e9f45134435d4092d",
    },
    "voucherify customer": {
        "press-once": "46254c2b192ca2adbcbf40e961b55277",
    },
    "voucherify change of a customer": {
        "press-once": "dea402f7599a6d5eafc0fa1a639cde6e",
    },
    "voucherify member": {
        "press-once": "d17d0888f4eb4839e0872d867785a5ae",
    },
    "voucherify members": {
        "press-once": "618e546d5da8d3f58aac37f8b4b70b66",
        "press-once#0": "c67f8cd5c142137f15d343e62d57cb39",
        "press-once#2": "3f891ed23dcaf966766768be7306e4a9",
    },
    "voucherify step of a member": {
        "press-once": "4268c393542a85adc336da97d6c9b4f4",
    },
    "voucherify change of a member": {
        "press-once": "afa21a3c38cd36104165adf6dc9e7006",
    },
    "voucherify deletion of a member": {
        "press-once": "e2ab5047be75cae68a9959587eb21d5b",
    },
    "voucherify publication": {
        "press-once": "e9f39fa6e4d53b1e77d830708c13fee7",
    },
    "voucherify adjustment": {
        "press-once": "3fdd21bdc9711225dba8ec6e04c5da83",
    },
    "voucherify rejected adjustment": {
        "press-once": "8f5c10c34754be9052584e6f0da8cace",
    },
    "voucherify balance": {
        "press-once": "e28d8cbf752f5a44aa6d8d495e33e20b",
    },
    "voucherify redemption": {
        "press-once": "e59547cf88c7398160d5499c5c53f80e",
    },
    "voucherify rollback": {
        "press-once": "72f68783ae004aa98b2eb0ba9becae4b",
    },
    "voucherify transfer": {
        "press-once/0": "5957c477764c2c7802e507feb5a4090c",
    },
    "voucherify export": {
        "press-once": "83c27ae6fe7e077e19108b3f2cf2306e",
    },
}

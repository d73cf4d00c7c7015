"""Columns that hold personal data by what they are called, in nine languages."""

from __future__ import annotations

import re

_NAMES = """
    email e_mail mail_address phone telephone mobile first_name last_name firstname lastname surname full_name
    customer_name patient_name address street birthday birthdate date_of_birth dob ssn iban passport
    vorname nachname familienname kundenname absender telefon telefonnummer handynummer anschrift adresse strasse straße
    geburtsdatum geburtstag prénom prenom nom_de_famille téléphone courriel expéditeur date_de_naissance
    nombre_completo apellido apellidos teléfono correo dirección fecha_de_nacimiento cognome telefono indirizzo
    data_di_nascita sobrenome telefone endereço data_de_nascimento voornaam achternaam geboortedatum afzender
    姓名 电话 手机号 身份证号 地址 邮箱 氏名 電話番号 住所
"""


def is_personal_name(column: str) -> bool:
    """Whether a column's name says that its values are personal.

    >>> is_personal_name("Customer e-mail"), is_personal_name("Date de naissance"), is_personal_name("message")
    (True, True, False)
    """
    name = re.sub(r"\W+", "_", column.rpartition(".")[2].strip().lower())
    return any(name == known or name.endswith("_" + known) for known in _NAMES.split())

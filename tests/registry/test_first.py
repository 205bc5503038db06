from tests.registry.house import House, id_number, person_row, workbook


def test_thin(house: House) -> None:
    done = house.take(
        workbook(
            [
                person_row(),
                person_row(
                    姓名="马秀英", 身份证号=id_number("19720304", 22), 性别="女", 出生日期="19720304", 与户主关系="配偶"
                ),
            ]
        ),
        as_of="2021-06-01",
    )
    print(done)
    print(house.rows(done["import_id"]))
    cursor, people = house.export()
    print(people)
    again = house.take(
        workbook(
            [
                person_row(),
                person_row(
                    姓名="马秀英", 身份证号=id_number("19720304", 22), 性别="女", 出生日期="19720304", 与户主关系="配偶"
                ),
            ]
        ),
        as_of="2021-06-01",
    )
    print(again)
    print(house.call("GET", "/changes", "registry:follow", params={"cursor": cursor}).json())
    print(house.call("GET", "/changes", "registry:follow").text[:300])
    assert 0
